"""What the embedding model and the reader share: transformer encoders and their files.

files         the folder of a model, and the hash of a file
precision     whether the processor multiplies in bf16
int8          an encoder in int8, which `byline tune` makes and keeps
"""

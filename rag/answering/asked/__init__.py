"""Takes a question apart that asks for more than one thing.

sides  what a comparison compares, and a question for each side
parts  the parts of a question with several, each as a question
"""

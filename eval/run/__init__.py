"""Asks a system gold questions and records what comes of each in a folder.

jobs                 which questions are asked of which articles
archives             builds the archive of a job once, and keeps it
systems              what can be asked: Byline's engine, a command, any function
llamaindex_baseline  the plain LlamaIndex pipeline as a system
settings             systems and their settings by name, as on the command line
diagnosis            the stage at which one answer went wrong
record               asks the questions and records the outcomes
runfile              a run as a value and as a folder
manifest             what a run was made with: settings, code, packages, machine
same                 where the answers of two runs differ
"""

"""Looks for what breaks Byline: killed commands and hostile files.

kills          SIGKILL of the command line at random moments
hostile_files  makes files that no reader expects
bad_files      reads them, with a limit of time and memory each
trials         what came of many trials
"""

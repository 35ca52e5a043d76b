"""Looks for what breaks Byline: killed commands, hostile files, damaged archives.

kills          SIGKILL of the command line at random moments
hostile_files  makes files that no reader expects
bad_files      reads them, with a limit of time and memory each
damages        alters an archive in every way it can
trials         what came of many trials
"""

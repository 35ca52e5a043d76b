"""Takes a question apart: what it counts, compares, explains, or asks for in several parts.

sides        what a comparison compares, and a question for each side
parts        the parts of a question with several, each as a question
counted      how well each figure of a sentence counts what is asked
dated        how well each date tells when what is asked happened
whose_words  whose words on what are asked for, one speaker's or several's
definitions  the name or term to explain, and the sentences that do
"""

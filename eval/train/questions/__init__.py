"""Fits what a question asks for.

kinds         fits which kind of answer a question asks for
answer_types  fits what answers to a question look like
amounts       fits how well a figure counts what is asked
"""

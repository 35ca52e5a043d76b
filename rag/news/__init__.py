"""What several articles say together: when it happened, and where they differ.

time_expressions  finds dates, weekdays and words such as "last week", with their tense
event_dates       resolves them against the article's publication date
variants          finds copies of a sentence with another value in the place of the answer
conflicts         finds different answers to one question and quotes each side
stories           groups articles by event
"""

"""What several articles say together: event dates.

time_expressions  finds dates, weekdays and words such as "last week", with their tense
event_dates       resolves them against the article's publication date
"""

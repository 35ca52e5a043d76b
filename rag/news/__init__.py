"""What several articles say together: when it happened, and where they differ.

time_expressions  finds dates, weekdays and words such as "last week", with their tense
event_dates       resolves them against the article's publication date
variants          finds copies of a sentence with another value in the place of the answer
figure_periods    finds the length of time that a figure counts over
figure_parts      tells figures that count a part of what another counts
figure_states     finds what became of those a figure counts: killed, injured, freed
values            compares short answers: the same value in other words, or another one
sides             groups the answers that a reader found by what they say
revisions         tells what a sentence says is new, or holds no more
rivals            judges whether different answers contradict each other
conflicts         finds different answers to one question and quotes each side
periods           finds the period that a question names, and prefers what belongs to it
staleness         warns when a question asks for a time after the articles found
corrections       recognises notices of correction in an article
stories           groups articles by event
originals         tells which articles are copies of one report

`rivals.json` has the fitted weights of `rivals`.
"""

"""Gold questions: what is asked, what a right answer has, and where the articles have it.

    questions   the gold schema: reads, checks and writes JSON lines
    draft       proposes gold questions from articles, for a person to accept
    datasets    reads public data sets as gold questions with their documents
    rows        reads files of JSON lines

Beside them stand the shipped sets: `samples.jsonl` with the gate's baseline, `followups.jsonl`,
`event_dates.jsonl`, articles with injections, and what is written to fit how injections and kinds
of questions are recognised. `as_of.jsonl` asks the news articles of Giveme5W1H what was known on a
day; `differing-*.jsonl` ask them and the BBC's where two articles differ, and where they do not.
"""

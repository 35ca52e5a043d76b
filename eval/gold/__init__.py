"""Gold questions: what is asked, what a right answer has, and where the articles have it.

    questions   the gold schema: reads, checks and writes JSON lines
    draft       proposes gold questions from articles, for a person to accept
    datasets    reads public data sets as gold questions with their documents
    rows        reads files of JSON lines

Beside them stand the shipped sets `samples.jsonl` and `followups.jsonl`, and the gate's baseline.
`as_of.jsonl` asks the news articles of Giveme5W1H what was known on a day.
"""

"""The page of `byline chat`: conversation, articles, uploads and evaluation. gradio is imported when the page is built."""

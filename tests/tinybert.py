"""An embedding model of two small layers with random weights, in a folder as the real one is, for
tests of what stands on it.
"""

from __future__ import annotations

from pathlib import Path

from rag.embed import LocalEmbedder

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def tiny_base(folder: Path, *texts: str, seed: int = 1) -> LocalEmbedder:
    """Knows the words of the texts whole; letters and digits are pieces of all others."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import BertProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    splitter = BertPreTokenizer()
    words = {word for text in texts for word, _ in splitter.pre_tokenize_str(text.lower())}
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,?!'$()-"
    entries = list(
        dict.fromkeys([*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *sorted(words)])
    )
    tokenizer = Tokenizer(
        WordPiece({word: number for number, word in enumerate(entries)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = splitter
    tokenizer.post_processor = BertProcessing(
        ("[SEP]", entries.index("[SEP]")), ("[CLS]", entries.index("[CLS]"))
    )
    names = {
        "unk_token": "[UNK]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(entries),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.2,
    )
    BertModel(config).save_pretrained(folder)
    return LocalEmbedder(str(folder))

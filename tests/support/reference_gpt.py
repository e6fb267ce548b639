#!/usr/bin/env python3
"""The original Othello-GPT in PyTorch, as far as tests need it.

    reference_gpt.py random OUT.ckpt                              a state dict of random weights
    reference_gpt.py logits WEIGHTS OUT.safetensors TOKEN ...     its logits [pos, vocabulary] after published tokens

The network is bench/eager_training.py's, whose names, shapes and attention are minGPT's; WEIGHTS (a pickle) must
match them exactly, masks included.
"""
import importlib.machinery
import importlib.util
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYERS, D_MODEL, HEADS, D_MLP, CONTEXT, VOCABULARY = 3, 32, 4, 128, 59, 61


def load(path):
    loader = importlib.machinery.SourceFileLoader(path.stem, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(path.stem, loader))
    loader.exec_module(module)
    return module


def main():
    sys.dont_write_bytecode = True
    model = load(ROOT / "bench" / "eager_training.py").GPT(LAYERS, D_MODEL, HEADS, D_MLP, CONTEXT, VOCABULARY)
    command, *arguments = sys.argv[1:]
    if command == "random":
        torch.manual_seed(5)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        torch.save({"state_dict": model.state_dict()}, arguments[0])
        return
    weights, out, *tokens = arguments
    content = torch.load(weights)
    model.load_state_dict(content.get("state_dict", content), strict=True)
    with torch.no_grad():
        logits = model(torch.tensor([[int(token) for token in tokens]]))[0]
    load(ROOT / "scripts" / "convert_weights").write_safetensors(out, {"logits": logits})


if __name__ == "__main__":
    main()

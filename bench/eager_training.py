#!/usr/bin/env python3
"""How fast eager PyTorch trains the same network: the reference that `bench/compare_training` measures against.

    python3 bench/eager_training.py --precision bf16 --threads 1 --blocks 5

The network is Othello-GPT's, with attention written as the published minGPT code writes it. The batch is random
tokens (the work does not depend on them), the step is forward, backward and AdamW. Prints one JSON line:
{"games_per_second": median over the timed blocks, "precision", "threads", "torch", ...}.

    python3 bench/eager_training.py --ceiling --precision bf16

measures matrix products alone instead, and prints the best rate that any size reached: {"gflops": ...}.
"""
import argparse
import json
import math
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, d_model, heads, context):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(d_model, d_model)
        self.key = nn.Linear(d_model, d_model)
        self.value = nn.Linear(d_model, d_model)
        self.proj = nn.Linear(d_model, d_model)
        self.register_buffer("mask", torch.tril(torch.ones(context, context)).view(1, 1, context, context))

    def forward(self, x):  # [games, pos, d_model]
        games, pos, d_model = x.size()
        shape = (games, pos, self.heads, d_model // self.heads)
        q = self.query(x).view(shape).transpose(1, 2)  # [games, head, pos, d_head]
        k = self.key(x).view(shape).transpose(1, 2)
        v = self.value(x).view(shape).transpose(1, 2)
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))  # [games, head, query, key]
        scores = scores.masked_fill(self.mask[:, :, :pos, :pos] == 0, float("-inf"))
        z = F.softmax(scores, dim=-1) @ v
        return self.proj(z.transpose(1, 2).contiguous().view(games, pos, d_model))


class Block(nn.Module):
    def __init__(self, d_model, heads, d_mlp, context):
        super().__init__()
        self.ln1 = nn.LayerNorm(d_model)
        self.ln2 = nn.LayerNorm(d_model)
        self.attn = Attention(d_model, heads, context)
        self.mlp = nn.Sequential(nn.Linear(d_model, d_mlp), nn.GELU(), nn.Linear(d_mlp, d_model))

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self, layers, d_model, heads, d_mlp, context, vocabulary):
        super().__init__()
        self.tok_emb = nn.Embedding(vocabulary, d_model)
        self.pos_emb = nn.Parameter(torch.zeros(1, context, d_model))
        self.blocks = nn.Sequential(*[Block(d_model, heads, d_mlp, context) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, vocabulary, bias=False)
        self.apply(self.initialise)

    @staticmethod
    def initialise(module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            module.weight.data.normal_(mean=0.0, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                module.bias.data.zero_()

    def forward(self, tokens):  # [games, pos]
        x = self.tok_emb(tokens) + self.pos_emb[:, : tokens.size(1), :]
        return self.head(self.ln_f(self.blocks(x)))  # [games, pos, vocabulary]


def ceiling(dtype):
    """Best rate of x @ y over square sizes and those of a shard of the default model, in GFLOP/s."""
    best = 0.0
    for m, k, n in [(512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (944, 512, 128), (1888, 1024, 256)]:
        x, y = torch.randn(m, k).to(dtype), torch.randn(k, n).to(dtype)
        x @ y
        for _ in range(5):
            repeats = max(1, int(2e9 / (2 * m * k * n)))
            start = time.perf_counter()
            for _ in range(repeats):
                x @ y
            best = max(best, 2 * m * k * n * repeats / (time.perf_counter() - start) / 1e9)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--d-model", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--d-mlp", type=int, default=0, help="0 = 4 * d_model")
    parser.add_argument("--context", type=int, default=59, help="59 on the 8x8 board, 31 on 6x6")
    parser.add_argument("--vocabulary", type=int, default=61, help="61 on the 8x8 board, 33 on 6x6")
    parser.add_argument("--batch-games", type=int, default=64)
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="bf16", help="bf16 = autocast")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--blocks", type=int, default=5, help="timed blocks; the figure is their median")
    parser.add_argument("--steps", type=int, default=10, help="steps in a block")
    parser.add_argument("--warmup", type=int, default=5, help="steps before the first block")
    parser.add_argument("--ceiling", action="store_true", help="rate of matrix products alone")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    if args.ceiling:
        print(json.dumps({"gflops": round(ceiling(torch.bfloat16 if args.precision == "bf16" else torch.float32), 1)}))
        return
    torch.manual_seed(0)
    d_mlp = args.d_mlp or 4 * args.d_model
    model = GPT(args.layers, args.d_model, args.heads, d_mlp, args.context, args.vocabulary)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.95))
    tokens = torch.randint(1, args.vocabulary, (args.batch_games, args.context + 1))

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.precision == "bf16"):
            logits = model(tokens[:, :-1])
            loss = F.cross_entropy(logits.view(-1, args.vocabulary), tokens[:, 1:].reshape(-1), ignore_index=0)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    for _ in range(args.warmup):
        step()
    rates = []
    for _ in range(args.blocks):
        start = time.perf_counter()
        for _ in range(args.steps):
            step()
        rates.append(args.batch_games * args.steps / (time.perf_counter() - start))
    print(
        json.dumps(
            {
                "games_per_second": round(statistics.median(rates), 2),
                "blocks": [round(rate, 2) for rate in rates],
                "precision": args.precision,
                "threads": args.threads,
                "torch": torch.__version__,
                "parameters": sum(p.numel() for p in model.parameters()),
                "layers": args.layers,
                "d_model": args.d_model,
                "heads": args.heads,
                "batch_games": args.batch_games,
                "context": args.context,
            }
        )
    )


if __name__ == "__main__":
    main()

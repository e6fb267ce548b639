"""What is measured, of which models, and which fields of the result documents become cells of docs/RESULTS.md.

A subject is a run folder: a model that ships (pretrained/NAME, seen as a run) or one that is trained here. A result is one
command about one subject, kept as results/RESULT.json of that run. A claim says which results of which subjects it wants,
and the tables made of them.
"""
from dataclasses import dataclass, field

SEEDS = ["mini", "mini-2", "mini-3"]  # 6×6, sampled moves: headline rows repeat over these
SAMPLED = [*SEEDS, "small-sampled"]
SHIPPED = [*SAMPLED, "small"]

# --- models that are trained here: 6×6, equal games --------------------------------------------------------------------

EQUAL_GAMES = 512_000
WIDTHS = ["width-32", "width-64", "width-128"]


def training(width, *more):
    return ["train", "--board", "6", "--games", str(EQUAL_GAMES), "--set", f"model.d_model={width}",
            "--set", "model.layers=6", "--set", "model.heads=4", "--set", "train.batch_games=128",
            "--set", "train.shards=4", *more]


TRAINED = {
    "width-32": training(32),
    "width-64": training(64, "--set", "train.keep_log_spaced=6"),
    "width-128": training(128),
    "skewed": training(64, "--player", "restricted:{out}/without-c4.txt"),
}
# The first move of 6×6 Othello is c4, d3, e6 or f5, alike by symmetry. A restricted player's file lists what is forbidden.
OPENINGS = {"without-c4.txt": "c4\n", "only-c4.txt": "d3\ne6\nf5\n"}

# --- results -----------------------------------------------------------------------------------------------------------

FAST = ["--no-logistic", "--no-widths", "--no-details"]
PROBES = ["--probes", "{probes}"]  # the subject's, made by `probe`
LIGHT = ["--no-controls"]
RESULTS = {
    "evaluate": ["evaluate", "--games", "2000", "--seed", "11"],
    "evaluate-unseen": ["evaluate", "--games", "2000", "--seed", "11", "--player", "restricted:{out}/only-c4.txt"],
    "evaluate-seen": ["evaluate", "--games", "2000", "--seed", "11", "--player", "restricted:{out}/without-c4.txt"],
    "evaluate-championship": ["evaluate", "--games", "2000", "--data", "{out}/championship/test"],
    "probe": ["probe", "--games", "{probe_games}", "--targets", "mine-yours-empty,black-white-empty",
              "--modes", "by-parity,all", "--sites", "resid,mid", "--untrained", "1", *FAST, *PROBES],
    **{f"probe-mlp-{layer}": ["probe", "--games", "1500", "--targets", "black-white-empty", "--modes", "all", "--sites",
                              f"blocks.{layer - 1}.hook_resid_post", "--mlp", "128", "--positions", "30000",
                              "--untrained", "1", "--no-widths", "--no-details", "--no-controls"]
       for layer in range(1, 7)},
    "lens": ["lens", *PROBES],
    "saliency": ["saliency", *PROBES],
    "intervene": ["intervene", *PROBES],
    "intervene-unnatural": ["intervene", "--cases", "unnatural", "--case-count", "600", *LIGHT, *PROBES],
    "intervene-erase": ["intervene", "--change", "erase", "--case-count", "600", *LIGHT, *PROBES],
    "intervene-gradient": ["intervene", "--edit", "gradient", "--case-count", "300", *LIGHT, *PROBES],
    "intervene-published": ["intervene", "--cases", "{benchmark}", *LIGHT, *PROBES],
    "intervene-transposition": ["intervene", "--cases", "transposition", "--edit", "donor", "--case-count", "300",
                                *LIGHT, *PROBES],
    "world-model": ["evaluate", "--games", "500", "--seed", "11", "--world-model", "--pairs", "{pairs}"],
    "ntk": ["ntk", "--positions", "512", "--report", "256", "--init-seeds", "1", "--checkpoints", "4"],
    "llc": ["llc", "--checkpoints", "6", "--subset", "flips:0,flips:1,flips:2,flips:3,flips:4+"],
    "emergence": ["emergence", "--games", "2000", "--checkpoints", "12"],
    "novelty": ["novelty", *PROBES],
    "novelty-unseen": ["novelty", "--player", "restricted:{out}/only-c4.txt", *PROBES],
}
# Filled in by board: models of 8×8 take several times as long, and less suffices.
GAMES_8 = {"probe_games": "6000", "pairs": "60"}
GAMES_6 = {"probe_games": "9000", "pairs": "200"}
# --quick, by command: sizes at which everything runs and nothing is worth quoting.
QUICK = {"train": {"--games": "12800"}, "evaluate": {"--games": "100"}, "probe": {"--games": "240"},
         "lens": {"--games": "60"}, "saliency": {"--positions": "20"}, "intervene": {"--case-count": "60"},
         "novelty": {"--games": "60"}, "ntk": {"--positions": "64", "--report": "32", "--checkpoints": "2"},
         "llc": {"--checkpoints": "2", "--draws": "5", "--burn-in": "2"},
         "emergence": {"--games": "200", "--checkpoints": "5"}}
QUICK_SIZES = {"probe_games": "240", "pairs": "5"}


# --- tables ------------------------------------------------------------------------------------------------------------

@dataclass
class Row:
    label: str
    path: str = ""        # of the field in the result document, see rows.find; {key} is the column's
    unit: str = "%"
    result: str = ""
    published: tuple = ()  # (paper, path) in docs/published.json
    key: str = ""          # for the paths of columns: {key}


@dataclass
class Column:
    heading: str
    subject: str
    result: str = ""
    path: str = ""
    unit: str = ""


@dataclass
class Table:
    caption: str
    columns: list
    rows: list
    over_seeds: bool = False  # with a column of the mean over SEEDS


@dataclass
class Claim:
    name: str
    title: str
    prose: str
    results: dict  # RESULT: subjects
    tables: list = field(default_factory=list)


LAYERS = 8  # of the largest model


def by_model(subjects=SHIPPED):
    return [Column(subject, subject) for subject in subjects]


def shipped(caption, rows, subjects=SHIPPED):
    return Table(caption, by_model(subjects), rows, over_seeds=all(seed in subjects for seed in SEEDS))


def layers(path, published=(), first=0):
    """Rows of the residual stream before block 0 (layer 0) and after block l − 1 (layer l); `first` is the layer of the
    published list's first value."""
    rows = []
    for layer in range(LAYERS + 1):
        site = f"blocks.{layer - 1}.hook_resid_post" if layer else "blocks.0.hook_resid_pre"
        paper = (published[0], f"{published[1]}[{layer - first}]") if published and layer >= first else ()
        rows.append(Row(f"layer {layer}", path.replace("SITE", site), "%", "probe", paper))
    return rows


def probe_path(target, mode, control=""):
    where = f"site=SITE,target={target},mode={mode},kind=ridge"
    return f"controls[name={control},{where}].accuracy" if control else f"probes[{where}].accuracy"


REPORTED = "edits[part=report,chosen=true]"

LEGAL = Claim(
    "legal", "Legal moves",
    "Share of positions whose most probable token is a legal move, on games that were never trained on. Untrained is the "
    "same architecture with its initial weights. The published model of 8 layers of 512 saw 20 million games many times "
    "over; ours have a fourth (`small`) to a twentieth (`mini`) of its parameters and saw each game once.\n\n"
    "Skewed openings: Li et al. train without the games that open with C5 and test on games that do. Here a model of "
    "6×6 is trained without c4 among the four first moves (alike by symmetry), and tested on games that all open "
    "with c4; `width-64` is the same model, trained on as many games of all openings.",
    {"evaluate": [*SHIPPED, *WIDTHS], "lens": SHIPPED, "evaluate-unseen": ["skewed", "width-64"],
     "evaluate-seen": ["skewed", "width-64"], "evaluate-championship": ["small-sampled", "small", "small-championship"]},
    [shipped("Random games", [
        Row("first choice is legal", "legal_top1", "%", "evaluate", ("li2023", "legal_top1.synthetic")),
        Row("the same, untrained", "layers[-1].untrained.legal_top1", "%", "lens", ("li2023", "legal_top1.untrained")),
        Row("probability on legal moves", "legal_mass", "%", "evaluate"),
        Row("cross-entropy − floor", "excess", "nats", "evaluate")]),
     Table("Openings", [Column("trained without c4", "skewed"), Column("trained with all", "width-64")], [
         Row("games that open with c4", "legal_top1", "%", "evaluate-unseen", ("li2023", "legal_top1.skewed")),
         Row("games that open otherwise", "legal_top1", "%", "evaluate-seen")]),
     Table("Tournament games (WTHOR, the test part of an import)", by_model(
         ["small-sampled", "small", "small-championship"]), [
         Row("first choice is legal", "legal_top1", "%", "evaluate-championship", ("li2023", "legal_top1.championship")),
         Row("cross-entropy", "cross_entropy", "nats", "evaluate-championship")])])

MINE, BLACK = "mine-yours-empty", "black-white-empty"
PROBE = Claim(
    "probe", "The board read by probes",
    "Share of squares read right, by layer: 0 is the embedding, l the residual stream after l blocks. One set of weights "
    "for all plies, as published; `by parity` has one for even and one for odd plies, which hardly matters to mine and "
    "yours and everything to black and white. Published accuracies are those of 64 squares and of models that play 99.9 "
    "% legal moves. All squares of our boards count, and every position with a next move. Ridge regression stands in for "
    "the published gradient descent; MLP probes (one hidden layer of 128) are fitted on 1000 games.",
    {"probe": SHIPPED, **{f"probe-mlp-{layer}": SEEDS[:1] for layer in range(1, 7)}},
    [shipped("Mine, yours, empty: linear", layers(probe_path(MINE, "all"),
                                                   ("nanda2023", "linear_mine_yours_accuracy"), 1)),
     shipped("Mine, yours, empty: the best place, by parity, and its controls on the same games", [
         Row("best site (also within blocks)", "best.accuracy", "%", "probe"),
         Row("less one-hot moves", "best.differences.one-hot", "%", "probe"),
         Row("less untrained", "best.differences.untrained", "%", "probe"),
         Row("one-hot moves", f"controls[name=one-hot,target={MINE},mode=by-parity].accuracy", "%", "probe"),
         Row("bag of moves", f"controls[name=bag-of-moves,target={MINE},mode=by-parity].accuracy", "%", "probe"),
         Row("majority", f"controls[name=majority,target={MINE},mode=by-parity].accuracy", "%", "probe")]),
     shipped("Mine, yours, empty: linear, the same models untrained",
             layers(probe_path(MINE, "all", control="untrained"))),
     shipped("Black, white, empty: linear", layers(probe_path(BLACK, "all"), ("li2023", "linear_accuracy"))),
     shipped("Black, white, empty: linear, the same models untrained",
             layers(probe_path(BLACK, "all", control="untrained"),
                    ("li2023", "linear_untrained_accuracy"))),
     Table("Black, white, empty: one hidden layer of 128", [
         Column("mini", "mini", path="probes[kind=mlp].accuracy"),
         Column("the same, untrained", "mini", path="controls[name=untrained,kind=mlp].accuracy")],
         [Row(f"layer {layer}", result=f"probe-mlp-{layer}", published=("li2023", f"mlp_accuracy[{layer}]"))
          for layer in range(1, 7)])])

INTERVENE = Claim(
    "intervene", "The board changed inside",
    "A disc is turned (or erased) in the residual stream at the last position, along the probe's directions, and the "
    "model's first N choices are held against the moves that are legal on the changed board: false positives and "
    "negatives, N being their number. Blocks and size of the edit are chosen on a third of the cases and reported on "
    "the others. No edit is the null; the bound is what a model could at best reach that does not notice the edit.",
    {"intervene": SHIPPED, "intervene-unnatural": [SEEDS[0], *SHIPPED[3:]], "intervene-erase": [SEEDS[0], *SHIPPED[3:]],
     "intervene-gradient": SEEDS[:1], "intervene-published": SHIPPED[3:], "intervene-transposition": SEEDS},
    [shipped("One disc turned, natural positions, linear edit; and its controls", [
        Row("error with the edit", f"{REPORTED}.error", "errors", "intervene", ("nanda2023", "intervention_error.flip")),
        Row("no edit", "controls[name=null].error", "errors", "intervene", ("nanda2023", "intervention_error.flip_null")),
        Row("random direction", "controls[name=random-direction].error", "errors", "intervene"),
        Row("another square", "controls[name=wrong-square].error", "errors", "intervene"),
        Row("another layer's probe", "controls[name=wrong-layer].error", "errors", "intervene"),
        Row("untrained, own probes", "controls[name=untrained].error", "errors", "intervene"),
        Row("untrained, no edit", "controls[name=untrained-null].error", "errors", "intervene"),
        Row("bound", "null_lower_bound", "errors", "intervene")]),
     shipped("What critics ask: does it persist, and what does it cost?", [
         Row("illegal of ten moves played on, edited", f"{REPORTED}.rollout_illegal", "%", "intervene",
             ("deconstruction", "rollout_illegal.edited")),
         Row("the same, not edited", "controls[name=null].rollout_illegal", "%", "intervene"),
         Row("not edited, held against the real board", "rollout_real_board", "%", "intervene",
             ("deconstruction", "rollout_illegal.not_edited")),
         Row("untouched squares still read right", f"{REPORTED}.untouched_squares_read", "%", "intervene"),
         Row("legal moves kept in common, edited", f"{REPORTED}.overlap", "%", "intervene")]),
     Table("Other edits and cases", by_model([SEEDS[0], *SHIPPED[3:]]), [
         Row("unnatural boards", f"{REPORTED}.error", "errors", "intervene-unnatural",
             ("li2023", "intervention_error.unnatural")),
         Row("unnatural boards, no edit", "controls[name=null].error", "errors", "intervene-unnatural",
             ("li2023", "intervention_error.unnatural_null")),
         Row("a disc erased", f"{REPORTED}.error", "errors", "intervene-erase", ("nanda2023", "intervention_error.erase")),
         Row("a disc erased, no edit", "controls[name=null].error", "errors", "intervene-erase",
             ("nanda2023", "intervention_error.erase_null")),
         Row("turned by gradient descent", f"{REPORTED}.error", "errors", "intervene-gradient",
             ("li2023", "intervention_error.natural")),
         Row("turned by gradient descent, no edit", "controls[name=null].error", "errors", "intervene-gradient",
             ("li2023", "intervention_error.natural_null")),
         Row("the 1001 published cases", f"{REPORTED}.error", "errors", "intervene-published",
             ("nanda2023", "intervention_error.flip")),
         Row("the 1001 published cases, no edit", "controls[name=null].error", "errors", "intervene-published",
             ("nanda2023", "intervention_error.flip_null"))]),
     shipped("The same board reached by other moves: what the rest of the activation carries", [
         Row("error of the other game's activation", f"{REPORTED}.error", "errors", "intervene-transposition"),
         Row("KL from uniform legal", f"{REPORTED}.kl", "nats", "intervene-transposition")], SEEDS)])

SALIENCY = Claim(
    "saliency", "Latent saliency",
    "How much probability the model's first choice loses when a disc is turned inside, for every disc on the board (Li et "
    "al.'s algorithm 1, with the linear edit). Their figure shows maps and gives no number; here the discs are classed "
    "by the rules: those that the move turns, those that close its lines, and all others.",
    {"saliency": SHIPPED},
    [shipped("Probability that the move loses", [
        Row("discs that it turns", "classes[name=turned].saliency", "probability", "saliency"),
        Row("discs that close its lines", "classes[name=anchor].saliency", "probability", "saliency"),
        Row("all other discs", "classes[name=other].saliency", "probability", "saliency"),
        Row("discs that it turns, random direction", "classes[name=turned].random", "probability", "saliency"),
        Row("discs that it turns, untrained", "classes[name=turned].untrained", "probability", "saliency")]),
     shipped("Do the discs that make the move legal stand out?", [
         Row("area under the ROC curve, within positions", "auroc.relevant", "auroc", "saliency"),
         Row("random direction", "auroc.relevant_random", "auroc", "saliency"),
         Row("untrained", "auroc.relevant_untrained", "auroc", "saliency"),
         Row("most salient disc is one of them", "most_salient.relevant", "%", "saliency"),
         Row("chance of that", "most_salient.chance", "%", "saliency")])])

def order(comparison, label):
    """Rows of which comes first, in either half of the game."""
    return [Row(f"{label}, {half} half: {first} first", f"order.comparisons[name={comparison}].{half}_half.{field}_first",
                "%", "lens")
            for half in ("first", "second") for first, field in (("move", "move"), ("board", "board"))]


LENS = Claim(
    "lens", "Layer by layer: moves, board, empty squares",
    "The logit lens: what the model would play after each block. Then, position by position, whether the first choice is "
    "settled at an earlier layer than the board: from that layer on to the last, or read right in any layer. Nanda et al. "
    "find moves before the board in the end game. A board that is never read without a mistake makes that easy, so beside "
    "the whole board stand the discs that make the move legal. Empty circuit: the cosine between what block 0's attention writes for a move's own token "
    "and the probe's direction for an empty square.",
    {"lens": SHIPPED},
    [shipped("First choice after each block is legal (logit lens)",
             [Row(f"layer {layer}", f"layers[{layer}].legal_top1", "%", "lens") for layer in range(LAYERS + 1)]),
     shipped("Move or board first?", [
         *order("move-vs-whole-board", "legal move against the whole board"),
         *order("move-vs-its-discs", "the move against its discs"),
         *order("move-vs-whole-board-once", "any layer: legal move against the whole board"),
         *order("move-vs-its-discs-once", "any layer: the move against its discs")]),
     shipped("Empty circuit", [
         Row("cosine of embedding · V · O with empty", "empty_circuit.cosine", "cosine", "lens",
             ("nanda2023", "empty_cosine")),
         Row("with the difference of means in place of the probe", "empty_circuit.mean_difference.cosine", "cosine", "lens"),
         Row("with the probe's directions of other squares", "empty_circuit.controls[name=other-squares].cosine", "cosine",
             "lens"),
         Row("with random directions", "empty_circuit.controls[name=random-direction].cosine", "cosine", "lens"),
         Row("untrained", "empty_circuit.controls[name=untrained].cosine", "cosine", "lens"),
         Row("emptiness read before block 0", "empty_circuit.empty_accuracy[0].accuracy", "%", "lens",
             ("nanda2023", "empty_accuracy.before")),
         Row("emptiness read after its attention", "empty_circuit.empty_accuracy[1].accuracy", "%", "lens",
             ("nanda2023", "empty_accuracy.after"))])])

LOSSES = (2.57, 2.44, 2.33, 2.23, 2.15, 2.08)  # where the published curve was evaluated
CURVE = Claim(
    "curve", "Games to a given loss",
    "Games seen when the loss of the training curve first falls to a value, 8×8, beside a published curve of 8 layers "
    "and 8 heads of width 512 (Adam at 1e-4, 512 games a step; the first evaluation at or below the value). Ours use "
    "Muon, a decaying rate and smaller models; expected targets take the noise of the draw out of the gradient, at the "
    "price of telling the loss the rules. At equal loss the published models play more legal first choices.",
    {"curve": ["small-sampled", "small"]},
    [Table("Games until the cross-entropy is", by_model(["small-sampled", "small"]), [
        Row(f"{loss:.2f} nats", f"games_to[loss={loss}].games", "games", "curve",
            ("hazineh2023", f"games_to_loss[loss={loss}].games")) for loss in LOSSES])])

WORLD = Claim(
    "world-model", "World-model metrics",
    "Vafa et al. 2024: beginnings that reach the same board should be continued alike (compression), and what tells two "
    "boards apart should be told (distinction). A model that accepts every move compresses perfectly, so the player of "
    "any empty square stands beside. They report near-perfect scores for a model of random games and poor ones for one of "
    "tournament games; their numbers were not at hand.",
    {"world-model": SHIPPED},
    [shipped("Share of pairs or suffixes", [
        Row(f"{label}{suffix}", f"world_model{control}.{name}", "%", "world-model")
        for name, label in (("compression", "compression"), ("distinction_precision", "distinction precision"),
                            ("distinction_recall", "distinction recall"))
        for control, suffix in (("", ""), (".controls[name=untrained]", ", untrained"),
                                (".controls[name=empty-squares]", ", any empty square"))])])

CONCEPTS = [("the board", "name=board,flips=null"),
            *((f"discs turned {times}", f"name=board,flips={flips}") for flips, times in
              (("0", "never"), ("1", "once"), ("2", "twice"), ("3", "three times"), ("4+", "four times or more"))),
            ("occupied", "name=occupied,flips=null"), ("colour of discs", "name=colour,flips=null")]
THEORY = Claim(
    "theory", "Which theory would have predicted it?",
    "One training run of 6×6 (`width-64`), all readings fitted on the same 512 positions. If the tangent kernel at "
    "initialisation read the board as the network does, no feature learning would be needed to explain it. Onsets are the "
    "games at which a reading is half way up; learning coefficients are those of the loss on positions whose next move turns such discs, left out where their "
    "diagnostics call them not valid. docs/THEORY.md says how to read them, and what they do not show.",
    {"ntk": ["width-64"], "llc": ["width-64"], "emergence": ["width-64"]},
    [Table("Concept by theory", [
        Column("moves", "width-64", "ntk", "concepts[{key}].input_accuracy", "%"),
        Column("kernel at initialisation", "width-64", "ntk", "concepts[{key}].kernel_accuracy", "%"),
        Column("kernel after training", "width-64", "ntk", "concepts[{key}].after_kernel_accuracy", "%"),
        Column("network", "width-64", "ntk", "concepts[{key}].network_accuracy", "%"),
        Column("network − kernel", "width-64", "ntk", "concepts[{key}].network_minus_kernel", "%"),
        Column("onset, games", "width-64", "emergence", "concepts[{key}].onset_games", "games")],
        [Row(label, key=key) for label, key in CONCEPTS]),
     Table("Learning coefficient over the checkpoints", [
         Column("all", "width-64", "llc", "estimates[{key},subset=all,valid=true].llc", "llc"),
         *(Column(f"turned {flips}", "width-64", "llc", f"estimates[{{key}},subset=flips:{flips},valid=true].llc", "llc")
           for flips in ("0", "1", "2", "3", "4+"))], [])])  # its rows are the run's checkpoints, see reproduce

DISTANCES = ((0, "0: it began some training game"), (1, "1 to 2"), (3, "3 to 5"), (6, "6 to 10"), (11, "11 to 15"),
             (16, "16 to 25"))
NOVELTY = Claim(
    "novelty", "A look-up table or an algorithm?",
    "Every training game is played again, and each held-out position is told by how long ago its game left all of them, and "
    "by whether its board occurred in any order of moves. Beside the model stands a table: the next move of the training "
    "game that agrees longest. Distance grows with the ply, so the last row compares new and seen boards at the same ply. "
    "Positions of an opening that was never trained on are new from the first move, but for transpositions.",
    {"novelty": SAMPLED, "novelty-unseen": ["skewed"]},
    [shipped("First choice is legal, by moves since the game left every training game", [
        Row(label, f"by_distance[first={first}].legal_top1", "%", "novelty") for first, label in DISTANCES], SAMPLED),
     shipped("What a table of the training games would play is legal", [
         Row(label, f"by_distance[first={first}].nearest_game_legal", "%", "novelty")
         for first, label in DISTANCES], SAMPLED),
     shipped("Squares read right, by the same", [
         Row(label, f"by_distance[first={first}].board_accuracy", "%", "novelty")
         for first, label in DISTANCES], SAMPLED),
     shipped("At the same ply, new less seen boards", [
         Row("first choice is legal", "same_ply.legal_top1", "%", "novelty"),
         Row("squares read right", "same_ply.board_accuracy", "%", "novelty")], SAMPLED),
     Table("Games of an opening that was never trained on", by_model(["skewed"]), [
         Row("share of positions whose board occurred", "groups[name=board-seen].share", "%", "novelty-unseen"),
         Row("first choice is legal, board never seen", "groups[name=new].legal_top1", "%", "novelty-unseen"),
         Row("first choice is legal, board seen", "groups[name=board-seen].legal_top1", "%", "novelty-unseen"),
         Row("squares read right, board never seen", "groups[name=new].board_accuracy", "%", "novelty-unseen"),
         Row("squares read right, board seen", "groups[name=board-seen].board_accuracy", "%", "novelty-unseen")])])

TREND = Claim(
    "trend", "Over sizes",
    "Six layers of three widths, each trained on the same games, beside the models that ship (6×6 ones saw many more). "
    "What separates our numbers from the published ones is size and games: all rows move towards them with either.",
    {result: [*WIDTHS, "mini"] for result in ("evaluate", "probe", "intervene")},
    [Table("6×6: three widths with equal games, and a longer training", by_model([*WIDTHS, "mini"]), [
        Row("first choice is legal", "legal_top1", "%", "evaluate"),
        Row("cross-entropy − floor", "excess", "nats", "evaluate"),
        Row("best linear probe", "best.accuracy", "%", "probe"),
        Row("less one-hot moves", "best.differences.one-hot", "%", "probe"),
        Row("intervention error", f"{REPORTED}.error", "errors", "intervene"),
        Row("no edit", "controls[name=null].error", "errors", "intervene")])])

CLAIMS = [LEGAL, PROBE, INTERVENE, SALIENCY, LENS, CURVE, WORLD, THEORY, NOVELTY, TREND]

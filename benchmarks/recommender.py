"""The embedded recommender: how long it takes, what it needs, and how good it is.

    python benchmarks/recommender.py            # 10,000 and 100,000 people, then the tables of quality
    python benchmarks/recommender.py --million  # a million people too, with 13 GB of lines, for a while twice

Quality is judged on time splits: of MovieTweetings, where its data lie beside the project, and of a sample world,
whose people's true tastes are known. The ratios are the lower ones of the two. No setting was chosen on either
test: see `LocalSettings`.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from _judged import Judged, judged, methods, read_dataset
from _listening import MOVIES, Crowd, movies_after, write_crowd, write_movies
from _tastes import judge_on_sample_world

from recsource.local.recommender import LocalRecommender
from recsource.local.settings import LocalSettings
from recsource.storage.folder import Folder

RUN = "benchmark"
PLACES = 500
PEOPLE = 100_000
"""Whose figures stand at the end."""
GROWTH = (10_000, PEOPLE)
MILLION = 1_000_000


def main() -> None:
    """Print the tables, and the figures at the end."""
    if "--once" in sys.argv:
        _once(Path(sys.argv[-1]))
        return
    seconds, megabytes = _growth((*GROWTH, MILLION) if "--million" in sys.argv else GROWTH)
    with TemporaryDirectory() as folder:
        judged = [judge_on_sample_world(Path(folder))]
        if MOVIES.is_dir():
            judged.append(_movies(Path(folder)))
        else:
            print("MovieTweetings is not beside the project: the ratios below are the sample world's")
    print(f"\nfigure rec_train_write_s {seconds:.1f} s")
    print(f"figure rec_peak_mb {megabytes:.0f} MB")
    print(f"figure rec_new_ndcg25_vs_best_simple {min(new.ratio() for _, new in judged):.3f} x")
    print(f"figure rec_all_ndcg25_vs_best_simple {min(everything.ratio() for everything, _ in judged):.3f} x")


def _growth(sizes: tuple[int, ...]) -> tuple[float, float]:
    """Train both models and write everybody's top 500, each size in a process of its own."""
    print("| people | read and train, s | write, s | all, s | peak, MB | lines, MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    found = {}
    for users in sizes:
        with TemporaryDirectory() as folder:
            write_crowd(Crowd(users), Path(folder), RUN)
            call = [sys.executable, __file__, "--once", folder]
            said = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
        train, write, peak, size = map(float, said)
        found[users] = (train + write, peak)
        seconds = f"{train:.1f} | {write:.1f} | {train + write:.1f}"
        print(f"| {users:,} | {seconds} | {peak:.0f} | {size:.0f} |", flush=True)
    return found[PEOPLE]


def _once(root: Path) -> None:
    """Train on a crowd and write its personalised batch, and say what that took."""
    recommender = LocalRecommender(Folder(root), LocalSettings())
    start = time.perf_counter()
    personalised, _ = recommender.train(RUN)
    trained = time.perf_counter()
    (key,) = recommender.infer(RUN, [personalised], PLACES)
    written = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(trained - start, written - trained, peak, (root / key).stat().st_size / 1e6)


def _movies(folder: Path) -> tuple[Judged, Judged]:
    """Judge every method on MovieTweetings' time split, as the README of its data has it.

    All items: users and items that are known before the split. New items: all users, and items that first appeared
    less than 14 days before the split or after it.
    """
    root, downloads = folder / "movies", folder / "downloads"
    split = write_movies(root, RUN)
    downloads.mkdir()
    dataset = read_dataset(root, RUN, downloads, split)
    test, rankers = movies_after(split), methods(dataset)
    played = set(dataset.corpus.item_ids[np.unique(dataset.corpus.pairs.item)])
    known = set(dataset.user_ids)
    of_known = [(user_id, item_id) for user_id, item_id in test.pairs if user_id in known]
    everything = judged(dataset, rankers, of_known, played)
    everything.show("MovieTweetings, all items")
    new = judged(dataset, rankers, test.pairs, test.new)
    new.show("MovieTweetings, new items")
    return everything, new


if __name__ == "__main__":
    main()

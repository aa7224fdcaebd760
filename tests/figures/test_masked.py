import numpy as np
import pytest
from made_records import SMALL_GEOMETRY, disc_frames
from PIL import Image

from videomae_demo.figures.masked import LARGEST_ERROR, PICTURES, cells, error_rgb, masked_figure
from videomae_demo.models.masking import from_patches
from videomae_demo.models.reconstruction import compare, draw_mask


@pytest.fixture(scope="module")
def result():
    side = SMALL_GEOMETRY.image_size
    view = np.stack([np.asarray(Image.fromarray(frame).resize((side, side))) for frame in disc_frames(16)])
    hidden = draw_mask("random", SMALL_GEOMETRY, ratio=0.75, seed=1)
    grey = np.full((hidden.sum(), 2 * 8 * 8 * 3), 0.5, np.float32)
    return compare(view, hidden, grey, SMALL_GEOMETRY, normalised_targets=False)


def test_one_cell_a_frame_one_figure_below_300_kb(result):
    figure = masked_figure(result, pts_seconds=tuple(i / 8 for i in range(16)), indices=tuple(range(16)), frame=5)
    assert tuple(figure.layout.xaxis.range) == (5, 6)
    assert figure.layout.images[0].sizex == 16
    assert len(figure.to_json()) < 300_000
    assert [note.text for note in figure.layout.annotations] == [name for row in PICTURES for name in row]


def test_a_cell_holds_the_pictures_where_the_names_say(result):
    cell = cells(result)[3]
    assert cell.shape[-1] == 4
    rows, columns = cell.shape[0] // 2, cell.shape[1] // 3
    originals = cell[:rows, :columns][cell[:rows, :columns, 3] == 255][:, :3]
    factor = round((len(originals) / (64 * 64)) ** 0.5)
    assert (np.unique(originals, axis=0) == np.unique(result.original_rgb[3].reshape(-1, 3), axis=0)).all()
    assert factor == 3  # 64 px drawn as 192


def test_the_error_is_coloured_only_where_something_was_hidden(result):
    picture = error_rgb(result)
    shape = (SMALL_GEOMETRY.num_tokens, 2, 8, 8, 3)
    hidden = from_patches(np.broadcast_to(result.hidden.reshape(-1, 1, 1, 1, 1), shape), SMALL_GEOMETRY)[..., 0]
    visible = picture[~hidden]
    assert (visible == visible[:, :1]).all(), "visible parts are grey"
    worst, best = np.nanargmax(result.error), np.nanargmin(result.error)
    blocks = picture.reshape(8, 2, 8, 8, 8, 8, 3).transpose(0, 2, 4, 1, 3, 5, 6).reshape(-1, 2, 8, 8, 3)
    assert blocks[worst].mean() > blocks[best].mean(), "a larger error is lighter"
    assert LARGEST_ERROR > 0

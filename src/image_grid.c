/*
 * image_grid.c - the aggregate that shows many images as one
 *
 * It collects rows by nature, so its state is 'internal' and stays in one
 * process.  Each image is shrunk to its cell when it arrives, and the sheet may
 * have datapower.max_image_pixels at most, so memory is bounded by that.
 */
#include "compat.h"

#include "utils/memutils.h"

#include "args.h"
#include "imageio.h"
#include "resize.h"
#include "settings.h"

#define LARGEST_CELL 256		/* pixels, the longer side of a cell */
#define GAP 2					/* pixels between cells and around them */
#define PAPER 255				/* the sheet is white */
#define MOST_COLUMNS 1000

typedef struct grid_state
{
	MemoryContext context;
	int			columns;
	int			width,
				height;			/* of a cell: the first image, shrunk to LARGEST_CELL */
	int			count,
				room;
	dpk_image **cells;			/* RGB, not larger than a cell */
} grid_state;

PG_FUNCTION_INFO_V1(dp_image_grid_add);
PG_FUNCTION_INFO_V1(dp_image_grid_final);

/* The size that fits into width x height with the same proportions; small images stay as they are */
static void
fit(const dpk_image *image, int width, int height, int *fitted_width, int *fitted_height)
{
	double		scale = Min(1.0, Min((double) width / image->width, (double) height / image->height));

	*fitted_width = Max(1, (int) (image->width * scale + 0.5));
	*fitted_height = Max(1, (int) (image->height * scale + 0.5));
}

/* A copy of the image in the state's context that fits the cell */
static dpk_image *
make_cell(const grid_state *state, const dpk_image *image)
{
	dpk_image  *cell = MemoryContextAlloc(state->context, sizeof(dpk_image));
	int			width,
				height;
	size_t		bytes;
	void	   *work;

	fit(image, state->width, state->height, &width, &height);
	if (dpk_resize_work(image, width, height, DPK_FILTER_BILINEAR, &bytes) != DPK_OK || bytes > DP_SCRATCH_MAX)
		dp_image_too_big(image->width, image->height, image->channels);
	work = dp_scratch(bytes);
	*cell = (dpk_image) {width, height, image->channels, MemoryContextAlloc(state->context, (size_t) width * height * image->channels)};
	dp_raise(dpk_resize(image, cell, DPK_FILTER_BILINEAR, work, &dp_stop), NULL);
	dp_free_scratch(work);
	return cell;
}

static int64
sheet_pixels(const grid_state *state, int64 count)
{
	int64		columns = Min(state->columns, count),
				rows = (count + state->columns - 1) / state->columns;

	return (columns * (state->width + GAP) + GAP) * (rows * (state->height + GAP) + GAP);
}

static grid_state *
start_grid(MemoryContext context, const dpk_image *first, int columns)
{
	grid_state *state = MemoryContextAllocZero(context, sizeof(grid_state));

	dp_check_range("columns", columns, 1, MOST_COLUMNS);
	state->context = context;
	state->columns = columns;
	fit(first, LARGEST_CELL, LARGEST_CELL, &state->width, &state->height);
	state->room = 64;
	state->cells = MemoryContextAlloc(context, state->room * sizeof(dpk_image *));
	return state;
}

/*
 * dp.image_grid_add(state internal, image bytea, columns integer) RETURNS internal
 *
 * A NULL image is left out.
 */
Datum
dp_image_grid_add(PG_FUNCTION_ARGS)
{
	grid_state *state = PG_ARGISNULL(0) ? NULL : (grid_state *) PG_GETARG_POINTER(0);
	MemoryContext context;
	dpk_image_info info;
	dpk_image  *image;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "dp.image_grid_add was called outside an aggregate");
	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("parameter \"%s\" must not be null", "columns")));

	image = dp_decode_upright(PG_GETARG_BYTEA_PP(1), 3, &info);
	if (state == NULL)
		state = start_grid(context, image, PG_GETARG_INT32(2));
	else if (PG_GETARG_INT32(2) != state->columns)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"columns\" must be the same for every row"),
				 errdetail("It was %d before and is %d now.", state->columns, PG_GETARG_INT32(2))));
	if (sheet_pixels(state, (int64) state->count + 1) > dp_max_image_pixels)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("image grid is too big: more than %d images of %d x %d", state->count, state->width, state->height),
				 errdetail("At most %d pixels are allowed by datapower.max_image_pixels.", dp_max_image_pixels)));
	if (state->count == state->room)
	{
		state->room *= 2;
		state->cells = repalloc_huge(state->cells, state->room * sizeof(dpk_image *));
	}
	state->cells[state->count++] = make_cell(state, image);
	dp_free_scratch(image);
	PG_RETURN_POINTER(state);
}

/* Copy a cell to the middle of its place */
static void
paste(dpk_image *sheet, const dpk_image *cell, const grid_state *state, int column, int row)
{
	int			x = GAP + column * (state->width + GAP) + (state->width - cell->width) / 2,
				y = GAP + row * (state->height + GAP) + (state->height - cell->height) / 2;
	size_t		stride = (size_t) cell->width * 3;

	for (int i = 0; i < cell->height; i++)
		memcpy(sheet->pixels + ((size_t) (y + i) * sheet->width + x) * 3, cell->pixels + i * stride, stride);
}

/* dp.image_grid_final(state internal) RETURNS bytea; NULL where there was no image */
Datum
dp_image_grid_final(PG_FUNCTION_ARGS)
{
	const grid_state *state = PG_ARGISNULL(0) ? NULL : (grid_state *) PG_GETARG_POINTER(0);
	dpk_image  *sheet;
	int			columns,
				rows;

	if (state == NULL)
		PG_RETURN_NULL();
	columns = Min(state->columns, state->count);
	rows = (state->count + state->columns - 1) / state->columns;
	sheet = dp_new_image(columns * (state->width + GAP) + GAP, rows * (state->height + GAP) + GAP, 3);
	memset(sheet->pixels, PAPER, (size_t) sheet->width * sheet->height * 3);
	for (int i = 0; i < state->count; i++)
		paste(sheet, state->cells[i], state, i % columns, i / columns);
	PG_RETURN_BYTEA_P(dp_encode_image(sheet, DPK_PNG, 0));
}

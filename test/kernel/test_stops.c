/*
 * test_stops.c - a network stops when it is asked to: soon, wherever it is, and
 * without harm to the next run
 */
#include "known.h"

static bool
count_down(void *arg)
{
	return --*(int *) arg < 0;
}

/* Stopped at every place where it can be; refused targets; nothing to do */
static void
check_stops(void)
{
	rig			r;
	dpk_sums	sums;
	int			left = 0,
				polls = 0;
	dpk_stop	stop = {count_down, &left};
	dpk_status	status;

	if (!rig_start(&r, &reference_kernels, "conv2d filters=4 kernel=3 activation=relu; max_pool2d; flatten; dense units=4; relu; dense activation=softmax",
				   (dpk_input) {8, 8, 1, true}, DPK_CROSS_ENTROPY, 3, 2))
		return;
	r.run.stop = &stop;
	for (;; polls++)
	{
		left = polls;
		status = dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
		if (status != DPK_STOPPED)
			break;
	}
	ok(status == DPK_OK && polls >= 12, "stopped between layers, at %d places", polls);
	r.run.stop = NULL;

	r.target[1] = 3;
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_INVALID, "there is no class 3 of 3");
	r.target[1] = 0.5f;
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_INVALID, "nor a class 0.5");
	r.target[1] = NAN;
	ok(dpk_net_evaluate(r.net, &r.run, r.params, &r.batch, &sums) == DPK_INVALID, "nor a class NaN");
	r.batch.n = 0;
	ok(dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_OK && sums.loss == 0 && sums.weight == 0, "no samples, no loss");
	rig_end(&r);
}

/* Work memory as it comes, but for its head */
static void
soil(rig *r)
{
	memset(r->run.work, 0, DPK_ALIGN);
	memset((char *) r->run.work + DPK_ALIGN, 0xff, r->work_bytes - DPK_ALIGN);
}

/* However often borders were not cleared to the end, they are in the end */
static void
check_stopped_borders(void)
{
	rig			r;
	dpk_sums	sums;
	int			left = 0,
				polls = 0;
	dpk_stop	stop = {count_down, &left};
	size_t		bytes;
	float	   *wanted;

	if (!rig_start(&r, dpk_kernels_best(), "conv2d filters=4 kernel=3 padding=same; conv2d filters=20 kernel=5 padding=same; flatten; dense activation=softmax",
				   (dpk_input) {9, 6, 3, true}, DPK_CROSS_ENTROPY, 3, 2))
		return;
	bytes = sizeof(float) * dpk_net_param_floats(r.net);
	wanted = malloc(bytes);
	soil(&r);
	dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
	memcpy(wanted, r.grad, bytes);
	soil(&r);
	r.run.stop = &stop;
	do
		left = polls++;
	while (dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) == DPK_STOPPED);
	ok(polls > 12 && memcmp(r.grad, wanted, bytes) == 0, "the same gradient after %d runs that were stopped", polls - 1);
	free(wanted);
	rig_end(&r);
}

/* ---- a table that counts instead of computing ---- */

static double since_poll,		/* operations */
			most_at_once,
			total;

static bool
count_polls(void *arg)
{
	since_poll = 0;
	return --*(int *) arg < 0;
}

static void
count(double flops)
{
	total += flops;
	since_poll += flops;
	most_at_once = fmax(most_at_once, since_poll);
}

static double
conv_row(const dpk_conv2d *s)
{
	return 2.0 * s->x.c * s->y.c * s->kh * s->kw * s->y.w;
}

static void
count_forward(const dpk_conv2d *s, int from, int to, const float *x, const float *w, const float *b, float *y)
{
	count(conv_row(s) * (to - from));
}

static void
count_weights(const dpk_conv2d *s, int from, int to, const float *x, const float *dy, float *dw, float *db)
{
	count(conv_row(s) * (to - from));
}

static void
count_input(const dpk_conv2d *s, int from, int to, const float *dy, const float *flipped, float *dx, bool add)
{
	count(conv_row(s) * (to - from) * s->y.h / s->x.h);
}

static void
count_pool(const dpk_pool2d *s, int from, int to, const float *x, float *y)
{
	count(16.0 * s->y.c * s->y.w * s->kh * s->kw * (to - from));
}

static void
count_pool_backward(const dpk_pool2d *s, int from, int to, const float *x, const float *y, const float *dy, float *dx, bool add)
{
	count_pool(s, from, to, x, NULL);
}

/* However large a map, never more than a call's operations between two polls, and none after a stop */
static void
check_bounds(void)
{
	dpk_kernels counting = *dpk_kernels_named("generic");
	rig			r;
	dpk_sums	sums;
	int			left = INT32_MAX,
				polls,
				late = 0;
	dpk_stop	stop = {count_polls, &left};
	dpk_status	status;
	double		wanted = 2 * 2 * (2.0 * 3 * 64 * 9 * 254 * 254) + 2 * 3 * (2.0 * 64 * 64 * 9 * 252 * 252) +
		2 * 2 * (16.0 * 64 * 64 * 64 * 189 * 189);

	counting.conv2d_forward = count_forward;
	counting.conv2d_backward_weights = count_weights;
	counting.conv2d_backward_input = count_input;
	counting.pool2d_forward = count_pool;
	counting.pool2d_backward = count_pool_backward;
	if (!rig_start(&r, &counting, "conv2d filters=64 kernel=3 activation=relu; conv2d filters=64 kernel=3; max_pool2d size=64 stride=1;"
				   "global_avg_pool2d; dense activation=softmax", (dpk_input) {256, 256, 3, true}, DPK_CROSS_ENTROPY, 3, 2))
		return;
	r.run.stop = &stop;
	status = dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
	ok(status == DPK_OK && fabs(total / wanted - 1) < 1e-9,
	   "every row once: %.1f GFLOP", total * 1e-9);
	ok(most_at_once > 1e9 && most_at_once <= 2e9, "at most %.2f GFLOP between two polls", most_at_once * 1e-9);

	polls = INT32_MAX - left;
	for (int k = 0; k < polls; k += 37)
	{
		left = k;
		total = 0;
		late += dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums) != DPK_STOPPED || since_poll != 0 || left != -1;
	}
	ok(polls > 100 && late == 0, "stopped at any of %d polls, nothing is computed any more", polls);
	rig_end(&r);
}

static size_t flipped_at_once,
			flipped_in_all;

static void
count_flip(const dpk_conv2d *s, size_t from, size_t to, const float *w, float *flipped)
{
	flipped_at_once = DPK_MAX(flipped_at_once, to - from);
	flipped_in_all += to - from;
	dpk_kernels_named("generic")->conv2d_flip(s, from, to, w, flipped);
}

/* Weights are turned round, and borders cleared, in pieces */
static void
check_pieces(void)
{
	dpk_kernels counting = *dpk_kernels_named("generic");
	rig			r;
	dpk_sums	sums;
	int			left = INT32_MAX,
				first,
				second;
	dpk_stop	stop = {count_polls, &left};
	dpk_status	status;

	counting.conv2d_flip = count_flip;
	if (!rig_start(&r, &counting, "conv2d filters=600 kernel=1; conv2d filters=600 kernel=3 padding=same; global_avg_pool2d; dense activation=softmax",
				   (dpk_input) {3, 3, 3, true}, DPK_CROSS_ENTROPY, 3, 2))
		return;
	r.run.stop = &stop;
	status = dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
	ok(status == DPK_OK && flipped_at_once == 1048576 && flipped_in_all >= 600 * 600 * 9,
	   "%zu weights turned round, at most %zu between two polls", flipped_in_all, flipped_at_once);
	rig_end(&r);

	if (!rig_start(&r, &counting, "conv2d filters=1 kernel=3 padding=same; global_avg_pool2d; dense activation=softmax",
				   (dpk_input) {16384, 4, 1, true}, DPK_CROSS_ENTROPY, 3, 1))
		return;
	r.run.stop = &stop;
	left = INT32_MAX;
	dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
	first = INT32_MAX - left;
	left = INT32_MAX;
	dpk_net_gradient(r.net, &r.run, r.params, &r.batch, r.grad, &sums);
	second = INT32_MAX - left;
	ok(first >= second + 5, "%d polls where a border of 16384 rows is cleared, then %d", first, second);
	rig_end(&r);
}

int
main(void)
{
	check_stops();
	check_stopped_borders();
	check_bounds();
	check_pieces();
	return done();
}

/*
 * schedule.c - the learning rate of a step, and numbers watched epoch by epoch
 *
 * The rate is computed from the number of the step alone, so that a resumed
 * run has the same; what a plateau has done to it so far is in the optimizer.
 */
#include <math.h>

#include "optimizer.h"

double
dpk_power(double x, int64_t n)
{
	double		r = 1;

	for (; n > 0; n >>= 1, x *= x)
		if (n & 1)
			r *= x;
	return r;
}

/* Half a cosine from 'from' at share 0 to 'to' at share 1 */
static double
anneal(double from, double to, double share)
{
	return to + (from - to) / 2 * (1 + cos(M_PI * share));
}

static double
one_cycle(double top, double i, double last)
{
	double		bottom = top / 25,
				turn = 0.3 * (last + 1) - 1;	/* the step of the highest rate */

	if (i < turn)
		return anneal(bottom, top, i / turn);
	turn = DPK_MAX(turn, 0);
	return last > turn ? anneal(top, bottom / 1e4, (i - turn) / (last - turn)) : top;
}

double
dpk_optimizer_rate(const dpk_optimizer *optimizer, int64_t step)
{
	double		top = optimizer->learning_rate;
	int64_t		i = step - 1,
				total = optimizer->total_steps;

	if (optimizer->schedule == DPK_PLATEAU)
		top *= dpk_power(optimizer->factor, optimizer->reductions);
	if (i < optimizer->warmup_steps)
		return top * ((double) step / (double) optimizer->warmup_steps);
	i -= optimizer->warmup_steps;
	total -= optimizer->warmup_steps;
	switch (optimizer->schedule)
	{
		case DPK_CONSTANT:
		case DPK_PLATEAU:
			break;
		case DPK_COSINE:
			return anneal(top, 0, (double) i / (double) total);
		case DPK_ONE_CYCLE:
			return one_cycle(top, (double) i, (double) total - 1);
		case DPK_STAIRS:
			return top * dpk_power(optimizer->factor, i / optimizer->stair_steps);
	}
	return top;
}

bool
dpk_watch_see(dpk_watch *watch, int epoch, double value, double min_delta)
{
	if (!isfinite(value) || (watch->best_epoch > 0 && !(value < watch->best - min_delta)))
	{
		watch->wait++;
		return false;
	}
	*watch = (dpk_watch) {value, epoch, 0};
	return true;
}

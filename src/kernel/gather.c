/*
 * gather.c - channels of a map from anywhere
 */
#include "gather.h"

void
dpk_gather(int v, int w, int n, const float *const *x, int x_step, float *y, int y_step, bool add)
{
	bool		whole = n == v && !add;

	for (int q = 1; q < n && whole; q++)
		whole = x[q] == x[0] + q;
	if (whole && x_step == v && y_step == v)
	{
		memcpy(y, x[0], sizeof(float) * w * v);
		return;
	}
	for (size_t j = 0; j < (size_t) w; j++)
	{
		float	   *to = y + j * y_step;

		if (whole)
			memcpy(to, x[0] + j * x_step, sizeof(float) * v);
		else if (add)
			for (int q = 0; q < n; q++)
				to[q] += x[q][j * x_step];
		else
		{
			for (int q = 0; q < n; q++)
				to[q] = x[q][j * x_step];
			for (int q = n; q < v; q++)
				to[q] = 0;
		}
	}
}

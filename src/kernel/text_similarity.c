/*
 * text_similarity.c - how alike two short texts are (text_similarity.h)
 */
#include "text_similarity.h"

#include <string.h>

#define PREFIX 4				/* characters at the beginning that count for Winkler */
#define PREFIX_WEIGHT 0.1
#define BOOST_ABOVE 0.7
#define ROWS_PER_CHECK 256

/* Damerau-Levenshtein keeps four rows of the table, Jaro a byte for each character */
size_t
dpk_text_similarity_work(size_t na, size_t nb)
{
	size_t		rows = 4 * (DPK_MIN(na, nb) + 3) * sizeof(int32_t);

	return DPK_MAX(rows, na + nb + 1);
}

/* Marks what each text shares with the other; the number of such pairs */
static dpk_status
match(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, char *in_a, char *in_b, const dpk_stop *stop, size_t *matches)
{
	size_t		longer = DPK_MAX(na, nb),
				reach = longer / 2 > 0 ? longer / 2 - 1 : 0;

	*matches = 0;
	for (size_t i = 0; i < na; i++)
	{
		size_t		end = DPK_MIN(nb, i + reach + 1);

		for (size_t j = i > reach ? i - reach : 0; j < end; j++)
			if (!in_b[j] && a[i] == b[j])
			{
				in_a[i] = in_b[j] = 1;
				++*matches;
				break;
			}
		if (i % ROWS_PER_CHECK == ROWS_PER_CHECK - 1 && dpk_stopped(stop))
			return DPK_STOPPED;
	}
	return DPK_OK;
}

dpk_status
dpk_jaro(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, void *work, const dpk_stop *stop, double *similarity)
{
	char	   *in_a = work,
			   *in_b = in_a + na;
	size_t		matches,
				out_of_order = 0,
				j = 0;
	dpk_status	status;

	*similarity = na == 0 && nb == 0;
	if (na == 0 || nb == 0)
		return DPK_OK;
	memset(in_a, 0, na + nb);
	status = match(a, na, b, nb, in_a, in_b, stop, &matches);
	if (status != DPK_OK || matches == 0)
		return status;
	for (size_t i = 0; i < na; i++)
		if (in_a[i])
		{
			while (!in_b[j])
				j++;
			out_of_order += a[i] != b[j++];
		}
	*similarity = ((double) matches / na + (double) matches / nb + (double) (matches - out_of_order / 2) / matches) / 3;
	return DPK_OK;
}

dpk_status
dpk_jaro_winkler(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, void *work, const dpk_stop *stop, double *similarity)
{
	dpk_status	status = dpk_jaro(a, na, b, nb, work, stop, similarity);
	size_t		most = DPK_MIN(DPK_MIN(na, nb), PREFIX),
				prefix = 0;

	while (prefix < most && a[prefix] == b[prefix])
		prefix++;
	if (*similarity > BOOST_ABOVE)
		*similarity += prefix * PREFIX_WEIGHT * (1 - *similarity);
	return status;
}

/*
 * Row i of the table of edit distances, of which [j] is that of a's first i
 * characters and b's first j, from row i - 1.  Of a swap whose last characters
 * are a[i] and b[j], the first ones are where b's character was last in a, row
 * last_row[j], and where a's was last in this row; one of the two is adjacent.
 * For the first kind before_last_row[j] holds the distance before the swap, and
 * for the second before_last_column.  See Zhao and Sahni.
 */
static void
edit_row(const uint32_t *b, int nb, uint32_t ai, int i, int32_t *last_row, int32_t *before_last_row, const int32_t *above, int32_t *row)
{
	int			last_column = -1,
				two_above = row[0], /* of row i - 2, at j - 1 */
				before_last_column = nb + i + 1;

	row[0] = i;
	for (int j = 1; j <= nb; j++)
	{
		int			best = DPK_MIN(DPK_MIN(above[j], row[j - 1]) + 1, above[j - 1] + (ai != b[j - 1])),
					next = row[j];

		if (ai == b[j - 1])
		{
			last_column = j;
			before_last_row[j] = j > 1 ? above[j - 2] : nb + i + 1;
			before_last_column = two_above;
			last_row[j] = i;
		}
		else if (last_row[j] > 0 && last_column == j - 1)
			best = DPK_MIN(best, before_last_row[j] + i - last_row[j]);
		else if (last_row[j] == i - 1 && last_row[j] > 0 && last_column > 0)
			best = DPK_MIN(best, before_last_column + j - last_column);
		two_above = next;
		row[j] = best;
	}
}

dpk_status
dpk_damerau_levenshtein(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, void *work, const dpk_stop *stop, int *distance)
{
	int32_t    *last_row = work,
			   *before_last_row,
			   *above,
			   *row;

	/* the shorter text is the row, and what both begin and end with costs nothing */
	if (na < nb)
	{
		const uint32_t *text = a;
		size_t		n = na;

		a = b;
		na = nb;
		b = text;
		nb = n;
	}
	for (; nb > 0 && a[0] == b[0]; na--, nb--)
		a++, b++;
	for (; nb > 0 && a[na - 1] == b[nb - 1]; na--, nb--)
		;
	before_last_row = last_row + nb + 3;
	above = before_last_row + nb + 3;
	row = above + nb + 3;
	for (int j = 0; j <= (int) nb; j++)
	{
		last_row[j] = 0;
		before_last_row[j] = above[j] = na + nb + 1;
		row[j] = j;
	}
	for (int i = 1; i <= (int) na; i++)
	{
		int32_t    *before = above;

		above = row;
		row = before;
		edit_row(b, nb, a[i - 1], i, last_row, before_last_row, above, row);
		if (i % ROWS_PER_CHECK == 0 && dpk_stopped(stop))
			return DPK_STOPPED;
	}
	*distance = row[nb];
	return DPK_OK;
}

/*
 * mix.h - samples made one: mixup, CutMix and mosaic
 *
 * With a share s of the first sample, drawn from Beta(alpha, alpha):
 *		mixup	(Zhang, Cisse, Dauphin and Lopez-Paz 2018)  s a + (1 - s) b, of
 *				every value
 *		CutMix	(Yun and others 2019)  a with a box of b in it, whose sides are
 *				the sqrt(1 - s)-th parts of the image's and whose centre is
 *				anywhere; the box ends with the image, and s becomes the part
 *				of a that is left
 *		mosaic	(Bochkovskiy, Wang and Liao 2020, YOLOv4)  images laid two by two,
 *				seen through a window of the size of one that may stand anywhere
 * The targets are mixed as s a + (1 - s) b, and by the parts of a mosaic that
 * show each image.  The partner, the share and the box of a sample follow from
 * (seed, key) and the number of samples it can be mixed with.
 *
 * DETERMINISM: logarithms are those of elementary.h, so that a share is the same
 * on every machine.  In training the share of mixup is rounded to 1/65536 and
 * bytes are mixed in integers.
 */
#ifndef DPK_MIX_H
#define DPK_MIX_H

#include "image.h"
#include "philox.h"

#define DPK_MIX_ONE 65536

typedef struct dpk_mix
{
	uint32_t	partner;		/* 0 .. n - 1 */
	bool		cut;			/* CutMix, else mixup */
	double		share;			/* of the first sample */
	int			x0,
				y0,
				x1,
				y1;				/* the box, without x1 and y1 */
} dpk_mix;

/* Beta(alpha, alpha), for alpha > 0 */
extern double dpk_random_beta(dpk_random *r, double alpha);

/* n shares that add up to 1, of the symmetric Dirichlet law, for alpha > 0 */
extern void dpk_random_dirichlet(dpk_random *r, double alpha, int n, double *share);

/*
 * How the sample 'key' is mixed with one of n.  An alpha of 0 means never; of
 * two that are not, each is taken half the time.  w and h are those of an image.
 */
extern void dpk_mix_draw(double mixup, double cutmix, int64_t seed, int64_t key, uint32_t n, int w, int h, dpk_mix *m);

/* The box of CutMix around (cx, cy), and the share it leaves */
extern void dpk_mix_box(double share, int cx, int cy, int w, int h, dpk_mix *m);

/* a becomes the mixture; of n values, or with a box of images (h, w, c) */
extern void dpk_mix_bytes(const dpk_mix *m, int w, int h, int c, uint8_t *a, const uint8_t *b);
extern void dpk_mix_floats(const dpk_mix *m, size_t n, float *a, const float *b);

/*
 * share a + (1 - share) b in double precision, halves to the even number, as
 * NumPy's rint() has it; 0 <= share <= 1.  a becomes it; of n samples.
 */
extern void dpk_mix_samples(double share, size_t n, uint8_t *a, const uint8_t *b);

#define DPK_MOSAIC 4			/* most images */

/* Images, from left to right and from the top: of two a b b a, of three a b c a */
extern const int dpk_mosaic_tiles[DPK_MOSAIC][DPK_MOSAIC];

/* Copy what a window of one image's size, x to the right and y down, shows of a tile (0 .. 3) that is like 'image' */
extern void dpk_mosaic_copy(const dpk_image *image, int tile, int x, int y, dpk_image *out);

/* and how many pixels of the window are the tile's */
extern int64_t dpk_mosaic_pixels(int tile, int x, int y, int w, int h);

#endif							/* DPK_MIX_H */

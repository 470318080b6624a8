/*
 * imagehash.h - 64 bits that survive scaling, re-encoding and light retouching
 *
 * The hashes of the Python package imagehash, bit for bit: the first bit is
 * the highest, rows before columns.
 *		phash	32 x 32 gray pixels, their discrete cosine transform (type II),
 *				of which the 8 x 8 lowest frequencies: is each above their median?
 *				(Zauner, "Implementation and benchmarking of perceptual image
 *				hash functions", 2010; this variant keeps the constant term)
 *		dhash	9 x 8 pixels: is each one brighter than its left neighbour?
 *		ahash	8 x 8 pixels: is each one above their mean?
 *		whash	a square whose side is the largest power of two not above the
 *				shorter side, 8 at least; the Haar wavelet's low frequencies, 8 x 8:
 *				is each above their median?
 * Images are scaled to that with the Lanczos filter of resize.h.
 *
 * The low frequencies of Haar's wavelet are sums over blocks, times a constant;
 * the package first removes the lowest of all, which takes the same from each.
 * Neither changes what is above the median: whash is block sums and needs no
 * wavelet.
 *
 * DETERMINISM: cosines come from a table with 30 bits and the rest is integer,
 * so a tie is a tie on every machine; in floating point, as in the package, the
 * bits of what equals the median (a plain image, a black border) would be noise.
 */
#ifndef DPK_IMAGEHASH_H
#define DPK_IMAGEHASH_H

#include "image.h"

typedef enum dpk_hash_method
{
	DPK_PHASH,
	DPK_DHASH,
	DPK_AHASH,
	DPK_WHASH
} dpk_hash_method;

extern const char *const dpk_hash_names[];	/* in the order above, ends with NULL */

/* Bytes of scratch for an image of that size, or DPK_TOO_BIG */
extern dpk_status dpk_image_hash_work(const dpk_image *gray, dpk_hash_method method, size_t *bytes);

/* 'gray' has one channel; work is aligned for double */
extern dpk_status dpk_image_hash(const dpk_image *gray, dpk_hash_method method, uint64_t *hash, void *work, const dpk_stop *stop);

#endif							/* DPK_IMAGEHASH_H */

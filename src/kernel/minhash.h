/*
 * minhash.h - signatures whose agreement estimates the Jaccard similarity of sets
 *
 * Broder, "On the resemblance and containment of documents", 1997: of each of
 * 128 hash functions the least value over a set; two sets have the same one
 * with the probability of their similarity, so the estimate's standard error
 * is sqrt(J (1 - J) / 128).  The functions are datasketch's (2.0, "affine32"):
 * the low 32 bits of an element's hash, mixed by the finaliser of MurmurHash3,
 * then a*x + b modulo 2^32 with odd a.
 *
 * A signature is 128 numbers of 32 bits; that of nothing is all ones, and the
 * lesser of two, number by number, is the signature of the union.
 */
#ifndef DPK_MINHASH_H
#define DPK_MINHASH_H

#include "dpk.h"
#include "kernels.h"

#define DPK_MINHASH_SIZE 128

extern void dpk_minhash_init(uint32_t *signature);

/* Elements by their hashes, which are changed */
extern void dpk_minhash_add(const dpk_kernels *k, uint32_t *signature, uint32_t *hashes, size_t n);
extern void dpk_minhash_merge(uint32_t *signature, const uint32_t *other);
extern double dpk_minhash_similarity(const uint32_t *a, const uint32_t *b);

/*
 * A hash of each band of so many numbers (bands * rows <= 128), in which the
 * band's place counts: two signatures of similarity J share one at least with
 * the probability 1 - (1 - J^rows)^bands (Leskovec et al., "Mining of Massive Datasets", 3.4)
 */
extern void dpk_minhash_bands(const uint32_t *signature, int bands, int rows, int64_t *hashes);

#endif							/* DPK_MINHASH_H */

/*
 * blas.c - OpenBLAS, loaded at first use with nothing that can go wrong later
 *
 * The extension is not linked to it: Debian's default build starts a thread
 * per core in its constructor, and a thread that has signals unblocked may run
 * PostgreSQL's handlers.  So it is loaded with every signal blocked and told
 * to use one thread before it can start any.  Then a small product is
 * computed: from that call on it holds the buffer it needs (some 128 MB of
 * address space); without it, it loops for ever or exits the process when
 * memory is short, which is why there is a look beforehand whether it is not.
 */
#include "compat.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "blas.h"

#define LIBRARY "libopenblas.so.0"
#define WARM_UP 16
#define MEMORY_NEEDED ((size_t) 192 * 1024 * 1024)

/* CBLAS_ORDER and CBLAS_TRANSPOSE */
#define ROW_MAJOR 101
#define NO_TRANS 111
#define TRANS 112

typedef void (*sgemm_function) (int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
								const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

static void *library;
static sgemm_function cblas_sgemm;

/* setenv for the time of loading; 'saved' is what to put back */
static char *
swap_env(const char *name, const char *value)
{
	const char *old = getenv(name);
	char	   *saved = old ? strdup(old) : NULL;

	setenv(name, value, 1);
	return saved;
}

static void
restore_env(const char *name, char *saved)
{
	if (saved != NULL)
		setenv(name, saved, 1);
	else
		unsetenv(name);
	free(saved);
}

static void
warm_up(void)
{
	float		a[WARM_UP * WARM_UP] = {0},
				b[WARM_UP * WARM_UP] = {0},
				c[WARM_UP * WARM_UP] = {0};

	dp_sgemm(false, false, WARM_UP, WARM_UP, WARM_UP, 1, a, WARM_UP, b, WARM_UP, 0, c, WARM_UP);
}

/* Returns what went wrong, or NULL; no error may be raised while signals are blocked */
static const char *
open_library(void)
{
	static char reason[200];
	void	   *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	void		(*set_threads) (int);

	if (handle == NULL)
	{
		strlcpy(reason, dlerror(), sizeof(reason));
		return reason;
	}
	cblas_sgemm = (sgemm_function) dlsym(handle, "cblas_sgemm");
	set_threads = (void (*) (int)) dlsym(handle, "openblas_set_num_threads");
	if (cblas_sgemm == NULL || set_threads == NULL)
	{
		dlclose(handle);
		return "It lacks cblas_sgemm or openblas_set_num_threads.";
	}
	set_threads(1);
	warm_up();
	library = handle;
	return NULL;
}

void
dp_blas_load(void)
{
	sigset_t	all,
				old;
	char	   *openblas_threads,
			   *omp_threads;
	const char *reason;
	void	   *room;

	if (library != NULL)
		return;

	room = mmap(NULL, MEMORY_NEEDED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("OpenBLAS needs %zu MB of address space.", MEMORY_NEEDED / (1024 * 1024))));
	munmap(room, MEMORY_NEEDED);

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	openblas_threads = swap_env("OPENBLAS_NUM_THREADS", "1");
	omp_threads = swap_env("OMP_NUM_THREADS", "1");
	reason = open_library();
	restore_env("OMP_NUM_THREADS", omp_threads);
	restore_env("OPENBLAS_NUM_THREADS", openblas_threads);
	pthread_sigmask(SIG_SETMASK, &old, NULL);

	if (reason != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("could not load OpenBLAS"),
				 errdetail("%s", reason),
				 errhint("Install it on the server: package libopenblas0 on Debian and Ubuntu, openblas on Fedora and RHEL.")));
}

void
dp_sgemm(bool trans_a, bool trans_b, int m, int n, int k, float alpha,
		 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
	cblas_sgemm(ROW_MAJOR, trans_a ? TRANS : NO_TRANS, trans_b ? TRANS : NO_TRANS, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

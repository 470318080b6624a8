# augmentation_repair.sh - mixing and repair on decoded pixels against OpenCV, NumPy and Pillow
#
# PEER_PYTHON names the interpreter with cv2 and PIL, python3 by default.
set -eu
python=
for p in ${PEER_PYTHON:-python3 /usr/bin/python3}; do
	! "$p" -c "import PIL, numpy" > /dev/null 2>&1 || { python=$p; break; }
done
if [ -z "$python" ]; then
	echo "mixing and repair | | OpenCV, Pillow | | | skipped: no PIL and numpy in ${PEER_PYTHON:-python3}"
	exit 0
fi
library=build/bench/augmentation_repair.so
# shellcheck disable=SC2046  (a list of objects)
${CC:-cc} -std=gnu11 -O2 -shared -fPIC -Isrc/kernel -Itest/kernel -o "$library" test/bench/augmentation_repair_lib.c \
	$(ls src/kernel/*.o src/kernel/simd/*.o) -ljpeg -lpng -lz -lm -ldl
OMP_NUM_THREADS=1 "$python" test/bench/augmentation_repair.py "$library" "$BENCH_FACTOR" "$BENCH_SHORT"

# engine_peers.sh - training images per second of dp.train(), PyTorch and Keras
#
# The same two networks, batches, Adam and cross-entropy, two processes against
# two threads.  PEER_PYTHON names the interpreters to try, python3 by default:
#	PEER_PYTHON="/tmp/torch/bin/python /tmp/tensorflow/bin/python" make bench TOPIC=engine
# Theirs is the best of what peers.py tries, with glibc's allocator as it is,
# told to keep its memory, and jemalloc where it is installed; ours the median.
set -eu
if [ "$(nproc)" -lt 2 ]; then
	echo "dp.train() and peers | | | | | skipped: needs two cores"
	exit 0
fi
present=$(for python in ${PEER_PYTHON:-python3}; do
	for peer in torch keras; do
		! "$python" -c "import $peer" > /dev/null 2>&1 || echo "$python:$peer"
	done
done)
for peer in torch keras; do
	case $present in
	*:$peer*) ;;
	*) echo "dp.train() and $peer | | | | | skipped: no $peer in ${PEER_PYTHON:-python3}" ;;
	esac
done
[ -n "$present" ] || exit 0
. test/bench/networks.sh

# Images/s and what they were reached with, the best first
theirs()
{
	keep='MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_MMAP_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=268435456'
	jemalloc=$(ldconfig -p 2> /dev/null | awk '/libjemalloc/ {print $NF; exit}')
	for how in "$keep" ${BENCH_SHORT:-plain ${jemalloc:+"LD_PRELOAD=$jemalloc"}}; do
		case $how in
		plain) allocator= set= ;;
		LD_PRELOAD*) allocator=', jemalloc' set=$how ;;
		1) continue ;;
		*) allocator=', malloc keeps memory' set=$how ;;
		esac
		# shellcheck disable=SC2086  (settings)
		env $set OMP_NUM_THREADS=2 TF_CPP_MIN_LOG_LEVEL=3 timeout 600 "$1" test/bench/peers.py "$2" "$3" 2> build/bench/peer.log |
			sed "s/\$/$allocator/" || true
	done | sort -rn | head -n 1
}

status=0
for net in a:3 b:1.5; do
	bar=${net#*:}
	net=${net%:*}
	eval "line=\"dp.train(), \$name_$net, two processes\""
	ours=$(for i in $(seq "$runs"); do train "$net" 1; done | median 1)
	for pair in $present; do
		best=$(theirs "${pair%:*}" "${pair##*:}" "$net")
		if [ -z "$best" ]; then
			echo "$line | | ${pair##*:} | | | skipped: $(tail -n 1 build/bench/peer.log | tr '|' ' ')"
			continue
		fi
		against=$(echo "$best" | awk '{rate = $1; $1 = ""; printf "%s:%s images/s", substr($0, 2), sprintf(" %.0f", rate)}')
		figure "$line" "$(printf '%.0f images/s' "$ours")" "$against" "$(ratio "$ours" "${best%% *}")" "$bar" || status=1
	done
done
$psql -d postgres -c 'DROP DATABASE bench_train'
exit $status

"""The time-to-botec estimate in squigglepy: python botec.py SAMPLES"""

import json
import sys
import time

import squigglepy as sq

samples = int(sys.argv[1])
began, cpu = time.perf_counter(), time.process_time()
p_a, p_b = 0.8, 0.5
p_c = p_a * p_b
estimate = sq.mixture([0, 1, sq.to(1, 3), sq.to(2, 10)], [1 - p_c, p_c / 2, p_c / 4, p_c / 4])
x = sq.sample(estimate, samples, verbose=False)
mean = float(x.mean())
seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "samples": len(x), "mean": mean}))

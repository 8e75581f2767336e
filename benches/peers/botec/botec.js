// The time-to-botec estimate in Squiggle: node botec.js SAMPLES
import { run } from "@quri/squiggle-lang";

const sampleCount = Number(process.argv[2]);
const code = `
p_a = 0.8
p_b = 0.5
p_c = p_a * p_b
estimate = mixture([0, 1, 1 to 3, 2 to 10], [1 - p_c, p_c / 2, p_c / 4, p_c / 4])
{ estimate: estimate, mean: mean(estimate) }`;

const began = performance.now();
const cpuBegan = process.cpuUsage();
const { result } = await run(code, { environment: { sampleCount, xyPointLength: 1000 } });
const seconds = (performance.now() - began) / 1000;
const cpu = process.cpuUsage(cpuBegan);
if (!result.ok) throw new Error(result.value.toString());

// Counted, so that a symbolic answer could not pass for a sampled one.
const answer = result.value.result.value;
const samples = answer.get("estimate").value.getSamples().length;
console.log(JSON.stringify({ seconds, cpu_seconds: (cpu.user + cpu.system) / 1e6, samples, mean: answer.get("mean").value }));

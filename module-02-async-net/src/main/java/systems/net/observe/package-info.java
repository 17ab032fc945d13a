/**
 * What happened, for people and for their tools: numbers, distributions, traces, pictures.
 *
 * <pre>
 *   Registry --text--> Prometheus      Tracer --spans--> SpanExporter --OtlpJson--> collector
 *      |                                  |
 *   Counter, Gauge, Histogram          Span, TraceContext, TraceState   --headers--> next hop
 *
 *   LiveChart, Waterfall, PercentileChart     for the eye
 * </pre>
 *
 * <p>Each number is written by one loop without a lock and read by any thread: plain longs with
 * opaque stores. Only what happens seldom is synchronized: to ask for a number, to write the page,
 * to hand over a span that is recorded.
 */
@NullMarked
package systems.net.observe;

import org.jspecify.annotations.NullMarked;

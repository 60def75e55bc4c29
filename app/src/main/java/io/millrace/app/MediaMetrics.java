package io.millrace.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.media.ImageFigures;
import io.millrace.media.Media;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/** {@code millrace.image.*} and {@code millrace.probe.*}: how media work goes. */
final class MediaMetrics {
    private MediaMetrics() {}

    /** A meter holds what it asks weakly: {@code media} is the server's, which keeps it. */
    static void bind(Media media, MeterRegistry metrics) {
        ImageFigures now = media.imageFigures();
        for (ImageFigures.Lane lane : now.lanes()) {
            bindLane(media, lane.name(), metrics);
        }
        count(media, metrics, "joined", "answered by another one's work", ImageFigures::joined);
        count(media, metrics, "retried", "tried anew: a worker was lost", ImageFigures::retried);
        count(
                media,
                metrics,
                "remembered",
                "refused at once: the picture failed before",
                ImageFigures::remembered);
        count(media, metrics, "gone", "whose client left before the answer", ImageFigures::gone);
        for (String reason : now.turnedAway().keySet()) {
            FunctionCounter.builder(
                            "millrace.image.turned.away",
                            media,
                            m -> m.imageFigures().turnedAway().getOrDefault(reason, 0L))
                    .description("Pictures refused with 503")
                    .tag("reason", reason)
                    .register(metrics);
        }
        FunctionCounter.builder(
                        "millrace.image.workers.started", media, m -> m.imageFigures().started())
                .description("Image workers started")
                .register(metrics);
        for (String reason : now.ended().keySet()) {
            FunctionCounter.builder(
                            "millrace.image.workers.killed",
                            media,
                            m -> m.imageFigures().ended().getOrDefault(reason, 0L))
                    .description("Image workers that ended before their time")
                    .tag("reason", reason)
                    .register(metrics);
        }
        Gauge.builder("millrace.probe.backlog", media, Media::probeBacklog)
                .description("Changes that no probe has looked at yet")
                .register(metrics);
    }

    private static void bindLane(Media media, String lane, MeterRegistry metrics) {
        gauge(media, metrics, lane, "waiting", "that wait", ImageFigures.Lane::waiting);
        gauge(media, metrics, lane, "running", "being made", ImageFigures.Lane::running);
        Gauge.builder("millrace.image.workers", media, m -> m.imageFigures().lane(lane).workers())
                .description("Image workers now")
                .tag("lane", lane)
                .register(metrics);
        timer(
                media,
                metrics,
                lane,
                "wait",
                "From the request to a worker",
                ImageFigures.Lane::begun,
                ImageFigures.Lane::waitNanos);
        timer(
                media,
                metrics,
                lane,
                "work",
                "With a worker",
                ImageFigures.Lane::done,
                ImageFigures.Lane::workNanos);
        FunctionCounter.builder(
                        "millrace.image.passed.on",
                        media,
                        m -> m.imageFigures().lane(lane).passedOn())
                .description("Pictures found to be too much for their class")
                .tag("lane", lane)
                .register(metrics);
    }

    private static void gauge(
            Media media,
            MeterRegistry metrics,
            String lane,
            String name,
            String description,
            ToLongFunction<ImageFigures.Lane> value) {
        Gauge.builder(
                        "millrace.image." + name,
                        media,
                        m -> value.applyAsLong(m.imageFigures().lane(lane)))
                .description("Pictures " + description)
                .tag("lane", lane)
                .register(metrics);
    }

    private static void timer(
            Media media,
            MeterRegistry metrics,
            String lane,
            String name,
            String description,
            ToLongFunction<ImageFigures.Lane> count,
            ToLongFunction<ImageFigures.Lane> nanos) {
        FunctionTimer.builder(
                        "millrace.image." + name,
                        media,
                        m -> count.applyAsLong(m.imageFigures().lane(lane)),
                        m -> nanos.applyAsLong(m.imageFigures().lane(lane)),
                        TimeUnit.NANOSECONDS)
                .description(description)
                .tag("lane", lane)
                .register(metrics);
    }

    private static void count(
            Media media,
            MeterRegistry metrics,
            String name,
            String description,
            ToLongFunction<ImageFigures> value) {
        FunctionCounter.builder(
                        "millrace.image." + name, media, m -> value.applyAsLong(m.imageFigures()))
                .description("Requests for pictures " + description)
                .register(metrics);
    }
}

package io.millrace.e2e.nodes;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** What clients of the storm saw. Thread-safe. */
final class Findings {
    static final String ELSEWHERE = "ExtentStoreUnavailable";

    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicInteger doubts = new AtomicInteger();
    private final Map<String, Integer> operations = new ConcurrentSkipListMap<>();
    private final Map<String, Integer> refusals = new ConcurrentSkipListMap<>();

    void wrong(String text) {
        wrong.add(text);
    }

    /** Nobody knows whether it happened. */
    void doubt() {
        doubts.incrementAndGet();
    }

    void operation(String name) {
        operations.merge(name, 1, Integer::sum);
    }

    int operations() {
        return operations.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Answered with an error of the dialect. */
    void refused(S3Exception e) {
        refusals.merge(e.statusCode() + " " + code(e), 1, Integer::sum);
    }

    static String code(S3Exception e) {
        return e.awsErrorDetails() == null ? "" : String.valueOf(e.awsErrorDetails().errorCode());
    }

    List<String> wrong() {
        return List.copyOf(wrong);
    }

    @Override
    public String toString() {
        return operations + "; " + doubts + " unknown answers; refused " + refusals;
    }
}

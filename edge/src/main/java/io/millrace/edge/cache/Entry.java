package io.millrace.edge.cache;

import io.millrace.edge.http.Headers;
import io.millrace.edge.policy.Freshness;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stored answer: its head, what is known of its age, and its body. Immutable but for caches of
 * derived values; a 304 makes a new entry on the same body.
 */
public final class Entry {
    /** A head made ready for one second of the clock, for domains with this lifetime and policy. */
    public record Prepared(long second, boolean website, long lifetimeSeconds, byte[] bytes) {}

    private final String key;
    private final List<String> vary;
    private final List<String> selecting;
    private final Headers headers;
    private final Freshness freshness;
    private final Body body;
    private final long purgeSequence;
    private final @Nullable String etag;
    private final @Nullable String lastModified;
    private volatile long purgesChecked;
    private volatile @Nullable Prepared prepared;
    private volatile @Nullable Object derived;
    // Where its latest record stands; only the disk thread touches it.
    @Nullable Segment logged;

    /**
     * @param vary the request fields that select it, lower case
     * @param selecting their values in the request that fetched it
     * @param purgeSequence {@link Purges#sequence} before its origin request left
     */
    public Entry(
            String key,
            List<String> vary,
            List<String> selecting,
            Headers headers,
            Freshness freshness,
            Body body,
            long purgeSequence) {
        this.key = key;
        this.vary = List.copyOf(vary);
        this.selecting = List.copyOf(selecting);
        this.headers = headers;
        this.freshness = freshness;
        this.body = body;
        this.purgeSequence = purgeSequence;
        this.etag = headers.get("etag");
        this.lastModified = headers.get("last-modified");
        this.purgesChecked = purgeSequence;
    }

    /** The values of the fields {@code vary} in a request, brought to one form. */
    public static List<String> selecting(List<String> vary, Headers request) {
        if (vary.isEmpty()) {
            return List.of();
        }
        List<String> values = new ArrayList<>(vary.size());
        for (String name : vary) {
            String value = request.joined(name);
            values.add(value == null ? "\0" : String.join(",", value.strip().split("\\s*,\\s*")));
        }
        return values;
    }

    /** The cache key: path, question mark and query if any, a line end and the range if exact. */
    public String key() {
        return key;
    }

    /** The key's path, for purges. */
    public String path() {
        return path(key);
    }

    /** A key without its query and range. */
    public static String path(String key) {
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (c == '?' || c == '\n') {
                return key.substring(0, i);
            }
        }
        return key;
    }

    public List<String> vary() {
        return vary;
    }

    List<String> selecting() {
        return selecting;
    }

    /** Whether it was selected by the same field values as this request's. */
    public boolean selectedBy(Headers request) {
        return vary.isEmpty() || selecting.equals(selecting(vary, request));
    }

    /** Whether it is an origin's failure, which takes no copy's place. */
    boolean isFailure() {
        return status() >= 500;
    }

    /** Whether it takes the other's place under their key: the same variant, or a failure's. */
    boolean replaces(Entry other) {
        boolean same = vary.equals(other.vary) && selecting.equals(other.selecting);
        return isFailure() ? same && other.isFailure() : same || other.isFailure();
    }

    /** End-to-end fields as the origin sent them. */
    public Headers headers() {
        return headers;
    }

    public Freshness freshness() {
        return freshness;
    }

    public int status() {
        return freshness.status();
    }

    public Body body() {
        return body;
    }

    public @Nullable String etag() {
        return etag;
    }

    public @Nullable String lastModified() {
        return lastModified;
    }

    long purgeSequence() {
        return purgeSequence;
    }

    long purgesChecked() {
        return purgesChecked;
    }

    void purgesChecked(long sequence) {
        purgesChecked = sequence;
    }

    /** Whether missing chunks can be fetched by range without mixing two versions. */
    public boolean resumable() {
        return isOneVersion() && body.length() >= 0;
    }

    /** Whether its ETag names these very bytes, so that others of the same ETag can follow them. */
    public boolean isOneVersion() {
        return etag != null && etag.startsWith("\"") && status() == 200;
    }

    /** Whether it can answer: its bytes are here, are coming, or can be fetched again. */
    public boolean usable() {
        return body.memory() != null || body.complete() || body.isComing() || resumable();
    }

    /** Whether nothing of it goes to the disk: short-lived and small. */
    boolean inMemoryAlone() {
        return body.passing() && body.length() <= Body.MEMORY_BYTES;
    }

    public @Nullable Prepared prepared() {
        return prepared;
    }

    public void prepared(Prepared next) {
        prepared = next;
    }

    /** A value that was computed from the body (a parsed playlist). */
    public @Nullable Object derived() {
        return derived;
    }

    public void derived(Object value) {
        derived = value;
    }
}

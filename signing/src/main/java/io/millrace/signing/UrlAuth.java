package io.millrace.signing;

import java.time.Duration;
import java.time.Instant;

/**
 * URL authentication of a CDN, types A, B, C and F. All md5 values are 32 lower-case hexadecimal
 * digits; the path is the one in the URL with its leading slash, without the query. Stateless.
 */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class UrlAuth {
    private UrlAuth() {}

    /** What came of checking a URL's proof. */
    public sealed interface Outcome {
        /**
         * The proof holds.
         *
         * @param path the path without the proof
         * @param query the query without the proof, empty when nothing is left
         * @param expires the last second at which the proof holds
         */
        record Valid(String path, String query, Instant expires) implements Outcome {}

        record Missing() implements Outcome {}

        record Malformed(String message) implements Outcome {}

        record Wrong() implements Outcome {}

        record Expired(Instant expires) implements Outcome {}
    }

    /** {@code /path?auth_key=ts-rand-uid-md5}. */
    public static final class A {
        private A() {}

        /** The value of auth_key for a path: {@code ts-rand-uid-md5}. */
        public static String sign(
                String path, long timestamp, String rand, String uid, String key) {
            throw new UnsupportedOperationException("being written");
        }

        /** Valid while now ≤ timestamp + validity. Tries each key in turn. */
        public static Outcome verify(
                String path, String query, Duration validity, Instant now, String... keys) {
            throw new UnsupportedOperationException("being written");
        }
    }

    /** {@code /YYYYMMDDHHMM/md5/path}, the time in UTC+8. */
    public static final class B {
        private B() {}

        /** The path with its proof in front. */
        public static String sign(String path, Instant time, String key) {
            throw new UnsupportedOperationException("being written");
        }

        public static Outcome verify(
                String path, String query, Duration validity, Instant now, String... keys) {
            throw new UnsupportedOperationException("being written");
        }
    }

    /** {@code /md5/hexts/path}, or {@code /path?KEY1=md5&KEY2=hexts}. */
    public static final class C {
        private C() {}

        /** The path with its proof in front. */
        public static String sign(String path, long timestamp, String key) {
            throw new UnsupportedOperationException("being written");
        }

        /** The query form of the proof. */
        public static String signQuery(
                String path, long timestamp, String key, String md5Name, String timeName) {
            throw new UnsupportedOperationException("being written");
        }

        public static Outcome verify(
                String path, String query, Duration validity, Instant now, String... keys) {
            throw new UnsupportedOperationException("being written");
        }

        public static Outcome verifyQuery(
                String path,
                String query,
                String md5Name,
                String timeName,
                Duration validity,
                Instant now,
                String... keys) {
            throw new UnsupportedOperationException("being written");
        }
    }

    /** {@code /path?sign=md5&time=ts}; the time decimal or hexadecimal, both names configurable. */
    public static final class F {
        private F() {}

        /** The query form of the proof. */
        public static String sign(
                String path, long timestamp, String key, String signName, String timeName) {
            throw new UnsupportedOperationException("being written");
        }

        public static Outcome verify(
                String path,
                String query,
                String signName,
                String timeName,
                Duration validity,
                Instant now,
                String... keys) {
            throw new UnsupportedOperationException("being written");
        }
    }
}

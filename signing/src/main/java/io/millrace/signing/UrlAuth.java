package io.millrace.signing;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * URL authentication of a CDN, types A, B, C and F. All md5 values are 32 lower-case hexadecimal
 * digits; the path is the one in the URL with its leading slash, without the query, as it stands in
 * the URL (percent-encoded). A proof holds while now ≤ timestamp + validity. Stateless.
 *
 * <p>Source: the Alibaba Cloud CDN documentation, "Configure URL signing", types A, B, C and F.
 */
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
        private static final String NAME = "auth_key";

        private A() {}

        /** The value of auth_key for a path: {@code ts-rand-uid-md5}. */
        public static String sign(
                String path, long timestamp, String rand, String uid, String key) {
            String front = timestamp + "-" + rand + "-" + uid;
            return front + "-" + md5(path + "-" + front + "-" + key);
        }

        /** Tries each key in turn. */
        public static Outcome verify(
                String path, String query, Duration validity, Instant now, String... keys) {
            String proof = parameter(query, NAME);
            if (proof == null) {
                return new Outcome.Missing();
            }
            int first = proof.indexOf('-');
            int last = proof.lastIndexOf('-');
            int second = proof.indexOf('-', first + 1);
            if (first <= 0 || second <= first || last != proof.indexOf('-', second + 1)) {
                return new Outcome.Malformed("auth_key must read timestamp-rand-uid-md5");
            }
            long timestamp = Times.number(proof.substring(0, first));
            String text = path + "-" + proof.substring(0, last) + "-";
            String md5 = proof.substring(last + 1);
            boolean right = false;
            for (String key : keys) {
                right |= Hashes.same(md5(text + key), md5);
            }
            return judge(right, timestamp, validity, now, path, without(query, NAME));
        }
    }

    /** {@code /YYYYMMDDHHMM/md5/path}, the time in UTC+8. */
    public static final class B {
        private static final DateTimeFormatter MINUTE =
                DateTimeFormatter.ofPattern("yyyyMMddHHmm", Locale.ROOT);

        private B() {}

        /** The path with its proof in front. */
        public static String sign(String path, Instant time, String key) {
            String minute = MINUTE.format(time.atOffset(ZoneOffset.ofHours(8)));
            return "/" + minute + "/" + md5(key + minute + path) + path;
        }

        /** Tries each key in turn. */
        public static Outcome verify(
                String path, String query, Duration validity, Instant now, String... keys) {
            int slash = path.indexOf('/', 1);
            int end = slash < 0 ? -1 : path.indexOf('/', slash + 1);
            if (slash != 13 || end != slash + 33) {
                return new Outcome.Missing();
            }
            String minute = path.substring(1, 13);
            if (Times.number(minute) < 0) {
                return new Outcome.Missing();
            }
            String rest = path.substring(end);
            boolean right = false;
            for (String key : keys) {
                right |= Hashes.same(md5(key + minute + rest), path.substring(slash + 1, end));
            }
            long timestamp;
            try {
                timestamp =
                        LocalDateTime.parse(minute, MINUTE).toEpochSecond(ZoneOffset.ofHours(8));
            } catch (java.time.DateTimeException e) {
                timestamp = -1;
            }
            return judge(right, timestamp, validity, now, rest, query);
        }
    }

    /** {@code /md5/hexts/path}, or {@code /path?KEY1=md5&KEY2=hexts}. */
    public static final class C {
        private C() {}

        /** The path with its proof in front. */
        public static String sign(String path, long timestamp, String key) {
            String hex = hex(timestamp);
            return "/" + md5(key + path + hex) + "/" + hex + path;
        }

        /** The query form of the proof. */
        public static String signQuery(
                String path, long timestamp, String key, String md5Name, String timeName) {
            String hex = hex(timestamp);
            return md5Name + "=" + md5(key + path + hex) + "&" + timeName + "=" + hex;
        }

        /** Tries each key in turn. */
        public static Outcome verify(
                String path, String query, Duration validity, Instant now, String... keys) {
            int slash = path.indexOf('/', 1);
            int end = slash < 0 ? -1 : path.indexOf('/', slash + 1);
            if (slash != 33 || end < 0 || end - slash > 17) {
                return new Outcome.Missing();
            }
            String hex = path.substring(slash + 1, end);
            String rest = path.substring(end);
            boolean right = false;
            for (String key : keys) {
                right |= Hashes.same(md5(key + rest + hex), path.substring(1, slash));
            }
            return judge(right, number(hex, true), validity, now, rest, query);
        }

        /** The query form. Tries each key in turn. */
        public static Outcome verifyQuery(
                String path,
                String query,
                String md5Name,
                String timeName,
                Duration validity,
                Instant now,
                String... keys) {
            return query(path, query, md5Name, timeName, true, validity, now, keys);
        }

        private static String hex(long timestamp) {
            return Long.toHexString(timestamp).toUpperCase(Locale.ROOT);
        }
    }

    /** {@code /path?sign=md5&time=ts}; the time decimal or hexadecimal, both names configurable. */
    public static final class F {
        private F() {}

        /** The query form of the proof, the time decimal. */
        public static String sign(
                String path, long timestamp, String key, String signName, String timeName) {
            return signName + "=" + md5(key + path + timestamp) + "&" + timeName + "=" + timestamp;
        }

        /** Tries each key in turn; ten digits are decimal, anything else hexadecimal. */
        public static Outcome verify(
                String path,
                String query,
                String signName,
                String timeName,
                Duration validity,
                Instant now,
                String... keys) {
            return query(path, query, signName, timeName, false, validity, now, keys);
        }
    }

    private static Outcome query(
            String path,
            String query,
            String md5Name,
            String timeName,
            boolean hex,
            Duration validity,
            Instant now,
            String... keys) {
        String md5 = parameter(query, md5Name);
        String time = parameter(query, timeName);
        if (md5 == null && time == null) {
            return new Outcome.Missing();
        }
        if (md5 == null || time == null) {
            return new Outcome.Malformed("both " + md5Name + " and " + timeName + " are needed");
        }
        boolean right = false;
        for (String key : keys) {
            right |= Hashes.same(md5(key + path + time), md5);
        }
        boolean decimal = !hex && time.length() == 10 && Times.number(time) >= 0;
        return judge(
                right,
                number(time, !decimal),
                validity,
                now,
                path,
                without(without(query, md5Name), timeName));
    }

    private static Outcome judge(
            boolean right,
            long timestamp,
            Duration validity,
            Instant now,
            String path,
            String query) {
        if (timestamp < 0 || timestamp > 253_402_300_799L) {
            return new Outcome.Malformed("the proof's time does not parse");
        }
        if (!right) {
            return new Outcome.Wrong();
        }
        Instant expires = Instant.ofEpochSecond(timestamp).plus(validity);
        return now.isAfter(expires)
                ? new Outcome.Expired(expires)
                : new Outcome.Valid(path, query, expires);
    }

    private static long number(String text, boolean hex) {
        if (!hex) {
            return Times.number(text);
        }
        if (text.isEmpty() || text.length() > 12) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = Character.digit(text.charAt(i), 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /** The raw value of a parameter that stands there exactly once; null otherwise. */
    private static @Nullable String parameter(String query, String name) {
        String found = null;
        for (int at = 0; at < query.length(); ) {
            int end = query.indexOf('&', at);
            end = end < 0 ? query.length() : end;
            if (named(query, at, end, name)) {
                if (found != null) {
                    return null;
                }
                found = query.substring(at + name.length() + 1, end);
            }
            at = end + 1;
        }
        return found;
    }

    private static boolean named(String query, int at, int end, String name) {
        return end - at > name.length()
                && query.startsWith(name, at)
                && query.charAt(at + name.length()) == '=';
    }

    private static String without(String query, String name) {
        StringBuilder out = new StringBuilder(query.length());
        for (int at = 0; at < query.length(); ) {
            int end = query.indexOf('&', at);
            end = end < 0 ? query.length() : end;
            if (!named(query, at, end, name)) {
                out.append(out.isEmpty() ? "" : "&").append(query, at, end);
            }
            at = end + 1;
        }
        return out.toString();
    }

    private static String md5(String text) {
        return Hashes.HEX.formatHex(
                Hashes.digest("MD5")
                        .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
}

package io.millrace.signing;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Derived signing keys, remembered: the derivation costs four HMACs, and a key serves all requests
 * of a secret for a day. Bounded; when it is full it starts afresh. Thread-safe.
 */
final class SigningKeys {
    private static final int MAX = 4096;
    private static final ConcurrentHashMap<Id, HmacKey> CACHE = new ConcurrentHashMap<>();

    private record Id(String first, String secret, String date, String region, String service) {}

    private SigningKeys() {}

    /** The key chain of AWS: AWS4+secret, date, region, service, aws4_request. */
    static HmacKey aws(String secret, String date, String region, String service) {
        return derive("AWS4", secret, date, region, service, "aws4_request");
    }

    /** The key chain of OSS: aliyun_v4+secret, date, region, service, aliyun_v4_request. */
    static HmacKey oss(String secret, String date, String region, String service) {
        return derive("aliyun_v4", secret, date, region, service, "aliyun_v4_request");
    }

    private static HmacKey derive(
            String first, String secret, String date, String region, String service, String last) {
        Id id = new Id(first, secret, date, region, service);
        HmacKey known = CACHE.get(id);
        if (known != null) {
            return known;
        }
        byte[] key = HmacKey.sha256(first + secret).sign(date);
        key = HmacKey.sha256(key).sign(region);
        key = HmacKey.sha256(key).sign(service);
        HmacKey derived = HmacKey.sha256(HmacKey.sha256(key).sign(last));
        if (CACHE.size() >= MAX) {
            CACHE.clear();
        }
        CACHE.put(id, derived);
        return derived;
    }

    /** A plain HMAC-SHA1 key, remembered the same way: OSS V1. */
    static HmacKey sha1(String secret) {
        Id id = new Id("sha1", secret, "", "", "");
        HmacKey known = CACHE.get(id);
        if (known != null) {
            return known;
        }
        HmacKey made = HmacKey.sha1(secret);
        if (CACHE.size() >= MAX) {
            CACHE.clear();
        }
        CACHE.put(id, made);
        return made;
    }
}

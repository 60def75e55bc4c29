package io.millrace.access;

import io.millrace.access.RequestContext.BucketAcl;
import io.millrace.access.policy.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Random policies and requests, over few enough names that they meet. */
final class RandomRights {
    static final List<String> PEOPLE = List.of("alice", "bob", "eve");
    static final List<String> ROLES = List.of("worker", "robot");
    static final List<String> ACTIONS =
            List.of(
                    "oss:PutObject",
                    "oss:AppendObject",
                    "oss:SealAppendObject",
                    "oss:HeadObject",
                    "oss:GetObject",
                    "oss:AbortMultipartUpload",
                    "oss:ListParts",
                    "oss:DeleteObject",
                    "oss:PutObjectAcl",
                    "oss:ListObjects",
                    "sts:AssumeRole",
                    "camera:Play");
    private static final List<String> ACTION_PATTERNS =
            List.of(
                    "*",
                    "oss:*",
                    "oss:Put*",
                    "oss:put?bject",
                    "s3:PutObject",
                    "oss:PutObject",
                    "oss:AppendObject",
                    "oss:HeadObject",
                    "oss:GetObject",
                    "oss:*Upload",
                    "oss:ListParts",
                    "s3:*",
                    "oss:DeleteObject",
                    "camera:*",
                    "oss:Get*");
    private static final List<String> KEY_PATTERNS =
            List.of(
                    "b/*",
                    "b/work/*",
                    "b/work/secret/*",
                    "b/*/s.txt",
                    "b/work/s?cret/*",
                    "b/work/cam?/*",
                    "*/secret*",
                    "b/home/*",
                    "c/*",
                    "b/work/a.txt",
                    "b/w*",
                    "b/${aws:username}/*",
                    "b/home/${aws:username}/*",
                    "b",
                    "*");
    private static final List<String> KEYS =
            List.of(
                    "work/a.txt",
                    "work/secret/s.txt",
                    "work/secret/",
                    "work/secret",
                    "work/",
                    "work",
                    "works/a.txt",
                    "work/cam0/v.ts",
                    "work/cam1/v.ts",
                    "work/cam10/v.ts",
                    "work/cam1/",
                    "home/alice/x",
                    "home/bob/s.txt",
                    "alice/x",
                    "work/*",
                    "Work/a.txt",
                    "work/cam1/../secret/s.txt",
                    "old/v.ts",
                    "a");
    private static final List<String> CONDITIONS =
            List.of(
                    "\"IpAddress\":{\"acs:SourceIp\":\"10.0.0.0/8\"}",
                    "\"NotIpAddress\":{\"acs:SourceIp\":[\"10.0.0.0/8\",\"192.0.2.0/24\"]}",
                    "\"Bool\":{\"acs:SecureTransport\":\"true\"}",
                    "\"DateLessThan\":{\"acs:CurrentTime\":\"2026-06-01T18:00:00Z\"}",
                    "\"DateGreaterThan\":{\"acs:CurrentTime\":\"2026-06-01T20:00:00Z\"}",
                    "\"StringLike\":{\"acs:UserAgent\":\"camera*\"}",
                    "\"StringEquals\":{\"acs:username\":[\"alice\",\"bob\"]}",
                    "\"StringNotEquals\":{\"acs:username\":\"eve\"}",
                    "\"Null\":{\"acs:Referer\":\"true\"}");

    private final Random random;

    RandomRights(Random random) {
        this.random = random;
    }

    <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private String some(List<String> of, String before) {
        List<String> chosen = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            chosen.add('"' + before + one(of) + '"');
        }
        return "[" + String.join(",", chosen) + "]";
    }

    private String statement(String principal) {
        List<String> members = new ArrayList<>();
        members.add("\"Effect\":\"" + (chance(65) ? "Allow" : "Deny") + "\"");
        members.add((chance(85) ? "\"Action\":" : "\"NotAction\":") + some(ACTION_PATTERNS, ""));
        if (principal.isEmpty()) {
            members.add(
                    (chance(90) ? "\"Resource\":" : "\"NotResource\":")
                            + some(KEY_PATTERNS, "acs:oss:*:*:"));
        } else {
            members.add(principal);
            members.add("\"Resource\":\"acs:oss:*:*:" + (chance(50) ? "b/*" : "b/work/*") + "\"");
        }
        if (chance(25)) {
            members.add("\"Condition\":{" + one(CONDITIONS) + "}");
        }
        return "{" + String.join(",", members) + "}";
    }

    /** A document to attach, or to narrow a session with. */
    String policy() {
        List<String> statements = new ArrayList<>();
        if (chance(60)) {
            statements.add(Desk.allow("oss:*", chance(70) ? "*" : "acs:oss:*:*:b/work/*"));
        }
        for (int i = random.nextInt(4); i >= 0; i--) {
            statements.add(statement(""));
        }
        return Desk.policy(String.join(",", statements));
    }

    private Policy bucketPolicy() {
        List<String> principals = new ArrayList<>();
        PEOPLE.forEach(name -> principals.add("acs:ram::" + Desk.ACCOUNT + ":user/" + name));
        ROLES.forEach(name -> principals.add("acs:ram::" + Desk.ACCOUNT + ":role/" + name));
        principals.add("acs:ram::" + Desk.ACCOUNT + ":root");
        principals.add("*");
        String principal = "\"Principal\":{\"RAM\":" + some(principals, "") + "}";
        return Policy.bucket("b", Desk.policy(statement(principal)), Desk.ACCOUNT);
    }

    /** The circumstances of a request. */
    RequestContext context() {
        List<String> addresses = List.of("10.0.0.7", "192.0.2.9", "2001:db8::1");
        return new RequestContext(
                "REQ",
                one(addresses),
                chance(50),
                chance(80) ? BucketAcl.PRIVATE : one(List.of(BucketAcl.values())),
                chance(20) ? bucketPolicy() : null,
                chance(50)
                        ? Map.of("useragent", one(List.of("camera/1", "Mozilla/5.0")))
                        : Map.of("referer", "https://example.com/"));
    }

    /** Half of the time a key below the prefix. */
    String resource(String bucket, String prefix) {
        if (chance(50)) {
            return bucket + "/" + prefix + one(List.of("x", "s.txt", "secret/s.txt", "", "*"));
        }
        return (chance(90) ? "b/" : "c/") + one(KEYS);
    }

    String action() {
        return chance(60) ? one(ACTIONS.subList(0, 7)) : one(ACTIONS);
    }

    Scope scope() {
        List<String> prefixes =
                List.of("", "work/", "work/secret/", "wo", "work/secret/s", "home/", "*", "old/");
        String bucket = chance(90) ? "b" : "c";
        return chance(70) ? Scope.upload(bucket, one(prefixes)) : Scope.read(bucket);
    }
}

package io.millrace.store.buckets;

import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A bucket's record.
 *
 * @param region what its maker said, or else where the server was
 * @param placed whether its maker said where it is
 * @param corsVary whether every answer varies by origin
 * @param deletingSinceMillis 0 while it lives; else when its deletion began
 */
public record BucketRow(
        long id,
        String owner,
        String region,
        boolean placed,
        BucketAcl acl,
        List<CorsRule> cors,
        boolean corsVary,
        long createdMillis,
        long deletingSinceMillis) {
    static final int FORMAT = 2;

    /** What is written while there is nothing to say that format 1 could not. */
    private static final int WITHOUT_MARKS = 1;

    private static final int PLACED = 1;
    private static final int CORS_VARY = 2;

    public BucketRow {
        cors = List.copyOf(cors);
    }

    Bucket bucket(String name) {
        return new Bucket(
                id,
                name,
                owner,
                region,
                placed,
                acl,
                cors,
                corsVary,
                Instant.ofEpochMilli(createdMillis));
    }

    BucketRow with(BucketAcl other) {
        return new BucketRow(
                id,
                owner,
                region,
                placed,
                other,
                cors,
                corsVary,
                createdMillis,
                deletingSinceMillis);
    }

    BucketRow with(List<CorsRule> rules, boolean vary) {
        return new BucketRow(
                id, owner, region, placed, acl, rules, vary, createdMillis, deletingSinceMillis);
    }

    BucketRow deletingSince(long millis) {
        return new BucketRow(id, owner, region, placed, acl, cors, corsVary, createdMillis, millis);
    }

    public byte[] encode() {
        int marks = (placed ? PLACED : 0) | (corsVary ? CORS_VARY : 0);
        Out out = new Out(96).u8(marks == 0 ? WITHOUT_MARKS : FORMAT);
        out.varint(id).text(owner).text(region).u8(acl.code);
        out.varint(createdMillis).varint(deletingSinceMillis).varint(cors.size());
        for (CorsRule rule : cors) {
            String ruleId = rule.id();
            out.u8(ruleId == null ? 0 : 1).text(ruleId == null ? "" : ruleId);
            texts(out, rule.allowedOrigins());
            texts(out, rule.allowedMethods());
            texts(out, rule.allowedHeaders());
            texts(out, rule.exposeHeaders());
            out.varint(rule.maxAgeSeconds() + 1L);
        }
        return marks == 0 ? out.done() : out.u8(marks).done();
    }

    public static BucketRow decode(byte[] bytes) {
        In in = In.record(bytes, FORMAT, "a bucket");
        long id = in.varint();
        String owner = in.text();
        String region = in.text();
        BucketAcl acl = acl(in.u8());
        long created = in.varint();
        long deleting = in.varint();
        int count = in.count();
        List<CorsRule> rules = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            boolean named = in.u8() == 1;
            String ruleId = in.text();
            rules.add(
                    new CorsRule(
                            named ? ruleId : null,
                            texts(in),
                            texts(in),
                            texts(in),
                            texts(in),
                            (int) (in.varint() - 1)));
        }
        int marks = in.version() == WITHOUT_MARKS ? 0 : marks(in.u8());
        return new BucketRow(
                id,
                owner,
                region,
                (marks & PLACED) != 0,
                acl,
                rules,
                (marks & CORS_VARY) != 0,
                created,
                deleting);
    }

    private static BucketAcl acl(int code) {
        return switch (code) {
            case 0 -> BucketAcl.PRIVATE;
            case 1 -> BucketAcl.PUBLIC_READ;
            case 2 -> BucketAcl.PUBLIC_READ_WRITE;
            default ->
                    throw new StoreException(
                            StoreException.Code.CORRUPT, "a bucket has the ACL " + code);
        };
    }

    private static int marks(int marks) {
        if (marks == 0 || (marks & ~(PLACED | CORS_VARY)) != 0) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "a bucket has the marks " + marks);
        }
        return marks;
    }

    private static void texts(Out out, List<String> texts) {
        out.varint(texts.size());
        texts.forEach(out::text);
    }

    private static List<String> texts(In in) {
        int count = in.count();
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(in.text());
        }
        return texts;
    }
}

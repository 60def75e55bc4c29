package io.millrace.store.objects;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.ReadConditions.Verdict;
import io.millrace.store.space.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Conditions, limits and requests: what they mean, without a store. */
class RulesTest {
    private static final Instant SECOND = Instant.parse("2026-01-02T03:04:05Z");
    private static final Instant BEFORE = SECOND.minusSeconds(1);
    private static final Instant AFTER = SECOND.plusSeconds(1);
    private static final ObjectInfo INFO =
            new ObjectInfo(
                    "b",
                    "k",
                    5,
                    "etag",
                    -1,
                    SECOND.plusMillis(678),
                    new ObjectMetadata("a/b", Map.of("expires", "0"), Map.of("x", "y")),
                    ObjectType.NORMAL,
                    null,
                    2,
                    1);

    @Test
    void noConditionIsMet() {
        assertEquals(Verdict.MET, ReadConditions.NONE.judge(INFO));
    }

    @Test
    void ifMatchAsksForOneOfTheEtags() {
        assertEquals(Verdict.MET, judge(List.of("other", "etag"), null, null, null));
        assertEquals(Verdict.MET, judge(List.of("*"), null, null, null));
        assertEquals(Verdict.FAILED, judge(List.of("other"), null, null, null));
        assertEquals(Verdict.FAILED, judge(List.of(), null, null, null));
    }

    @Test
    void ifNoneMatchAsksForNoneOfThem() {
        assertEquals(Verdict.NOT_MODIFIED, judge(null, List.of("other", "etag"), null, null));
        assertEquals(Verdict.NOT_MODIFIED, judge(null, List.of("*"), null, null));
        assertEquals(Verdict.MET, judge(null, List.of("other"), null, null));
        assertEquals(Verdict.MET, judge(null, List.of(), null, null));
    }

    @Test
    void timesCountInWholeSeconds() {
        assertEquals(Verdict.NOT_MODIFIED, judge(null, null, SECOND, null));
        assertEquals(Verdict.NOT_MODIFIED, judge(null, null, AFTER, null));
        assertEquals(Verdict.MET, judge(null, null, BEFORE, null));
        assertEquals(Verdict.MET, judge(null, null, null, SECOND));
        assertEquals(Verdict.MET, judge(null, null, null, AFTER));
        assertEquals(Verdict.FAILED, judge(null, null, null, BEFORE));
    }

    @Test
    void etagsOverruleTimesAndAFailureOverrulesNotModified() {
        assertEquals(Verdict.MET, judge(List.of("etag"), null, null, BEFORE));
        assertEquals(Verdict.MET, judge(null, List.of("other"), AFTER, null));
        assertEquals(Verdict.FAILED, judge(List.of("other"), List.of("etag"), null, null));
        assertEquals(Verdict.NOT_MODIFIED, judge(List.of("etag"), List.of("etag"), null, null));
        assertEquals(Verdict.NOT_MODIFIED, judge(null, null, SECOND, SECOND));
    }

    private static Verdict judge(
            @Nullable List<String> match,
            @Nullable List<String> noneMatch,
            @Nullable Instant modifiedSince,
            @Nullable Instant unmodifiedSince) {
        return new ReadConditions(match, noneMatch, modifiedSince, unmodifiedSince).judge(INFO);
    }

    @Test
    void aWriteAsksWhatIsThere() {
        assertTrue(WriteConditions.NONE.hold(null));
        assertTrue(WriteConditions.NONE.hold(INFO));
        assertTrue(WriteConditions.ABSENT.hold(null));
        assertFalse(WriteConditions.ABSENT.hold(INFO));
        assertTrue(WriteConditions.ifMatch("etag").hold(INFO));
        assertTrue(WriteConditions.ifMatch("*").hold(INFO));
        assertFalse(WriteConditions.ifMatch("other").hold(INFO));
        assertFalse(WriteConditions.ifMatch("etag").hold(null));
        assertFalse(WriteConditions.ifMatch("*").hold(null));
        assertFalse(new WriteConditions(List.of("*"), true).hold(INFO));
    }

    @Test
    void aListsLimitIsZeroToTenThousand() {
        for (int limit : new int[] {0, 1, 10_000}) {
            assertEquals(limit, new ListObjects("b", "", "", "", limit).limit());
        }
        for (int limit : new int[] {-1, 10_001}) {
            StoreException refused =
                    assertThrows(
                            StoreException.class, () -> new ListObjects("b", "", "", "", limit));
            assertEquals(StoreException.Code.INVALID_ARGUMENT, refused.code());
            assertEquals("a list's limit is 0 to 10000, not " + limit, refused.getMessage());
        }
    }

    @Test
    void metadataOfEightKibibytesIsTakenAndNotOneByteMore() {
        Map<String, String> headers = Map.of("expires", "0");
        String rest = "é".repeat(4090);
        assertEquals(8192, "a/b".length() + "expires0".length() + 1 + 2 * rest.length());
        assertDoesNotThrow(
                () -> new ObjectMetadata("a/b", headers, Map.of("n", rest)).requireWithinLimits());
        assertTooLarge(new ObjectMetadata("a/bc", headers, Map.of("n", rest)));
        assertTooLarge(new ObjectMetadata("a/b", Map.of("expires", "00"), Map.of("n", rest)));
        assertTooLarge(new ObjectMetadata("a/b", Map.of("expiress", "0"), Map.of("n", rest)));
        assertTooLarge(new ObjectMetadata("a/b", headers, Map.of("nn", rest)));
        assertTooLarge(new ObjectMetadata("a/b", headers, Map.of("n", rest + "a")));
        assertDoesNotThrow(ObjectMetadata.NONE::requireWithinLimits);
        assertDoesNotThrow(() -> ObjectMetadata.ofType("a".repeat(8192)).requireWithinLimits());
        assertTooLarge(ObjectMetadata.ofType("a".repeat(8193)));
    }

    private static void assertTooLarge(ObjectMetadata metadata) {
        StoreException refused = assertThrows(StoreException.class, metadata::requireWithinLimits);
        assertEquals(StoreException.Code.INVALID_ARGUMENT, refused.code());
        assertEquals("an object's metadata takes at most 8192 bytes", refused.getMessage());
    }

    @Test
    void anObjectTellsItsMetadataAndItsChecksumUnsigned() {
        assertEquals("a/b", INFO.contentType());
        assertEquals(Map.of("expires", "0"), INFO.headers());
        assertEquals(Map.of("x", "y"), INFO.userMetadata());
        assertEquals("18446744073709551615", INFO.crc64Text());
        assertNull(ObjectMetadata.NONE.contentType());
    }

    @Test
    void aRequestKeepsEverythingThatIsNotChanged() {
        ObjectMetadata jpeg = ObjectMetadata.ofType("image/jpeg");
        ExpectedDigests digests = ExpectedDigests.NONE.withCrc64(7);
        PutObject put =
                PutObject.of("b", "k", 5).with(jpeg).with(digests).with(WriteConditions.ABSENT);
        assertEquals(
                new PutObject("b", "k", 5, jpeg, digests, WriteConditions.ABSENT),
                put.with(WriteConditions.ABSENT).with(digests).with(jpeg));
        assertEquals(
                new PutObject(
                        "b",
                        "k",
                        5,
                        ObjectMetadata.NONE,
                        ExpectedDigests.NONE,
                        WriteConditions.NONE),
                PutObject.of("b", "k", 5));
        assertEquals(
                new AppendObject("b", "k", 3, 5, jpeg, digests),
                AppendObject.of("b", "k", 3, 5).with(jpeg).with(digests).with(jpeg));
        ReadConditions match = new ReadConditions(List.of("x"), null, null, null);
        CopyObject copy =
                CopyObject.of("a", "i", "b", "k")
                        .with(jpeg)
                        .with(match)
                        .with(WriteConditions.ABSENT);
        assertEquals(
                new CopyObject("a", "i", "b", "k", jpeg, match, WriteConditions.ABSENT),
                copy.with(WriteConditions.ABSENT).with(match).with(jpeg));
        assertSame(ReadConditions.NONE, CopyObject.of("a", "i", "b", "k").sourceConditions());
    }
}

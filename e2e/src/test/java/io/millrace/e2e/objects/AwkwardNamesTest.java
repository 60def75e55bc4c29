package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.model.DeleteObjectsRequest;
import com.aliyun.oss.model.ListObjectsRequest;
import com.aliyun.oss.model.OSSObjectSummary;
import com.aliyun.oss.model.ObjectListing;
import io.millrace.e2e.Clients;
import io.millrace.store.buckets.BucketAcl;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsResponse;

/** Names with control characters, with clients that ask for encoded listings and with others. */
@Timeout(120)
class AwkwardNamesTest extends AtObjectDoor {
    @TempDir Path files;

    private static TreeSet<String> names() {
        TreeSet<String> names = new TreeSet<>();
        for (char c = 1; c < ' '; c++) {
            names.add("a" + c + "b");
        }
        for (char c : new char[] {0x7F, 0x85, 0x2028, 0xFFFE, 0xFFFF}) {
            names.add("a" + c + "b");
        }
        names.add("a b+<&>%41");
        return names;
    }

    @Test
    void theAwsSdkListsAndDeletesThem() {
        server.store().buckets().create("aws", "100000000000", BucketAcl.PRIVATE);
        try (S3Client s3 =
                Clients.s3(server.endpoint(), ObjectDoorFixture.KEY_ID, ObjectDoorFixture.SECRET)) {
            TreeSet<String> names = names();
            for (String name : names) {
                s3.putObject(b -> b.bucket("aws").key(name), RequestBody.fromString("x"));
            }
            TreeSet<String> second = new TreeSet<>();
            s3.listObjectsV2Paginator(
                            b -> b.bucket("aws").maxKeys(9).encodingType(EncodingType.URL))
                    .contents()
                    .forEach(o -> second.add(o.key()));
            assertEquals(names, second);
            // By itself it asks for plain names: it sees all of them, and reads every page.
            TreeSet<String> plain = new TreeSet<>();
            s3.listObjectsV2Paginator(b -> b.bucket("aws").maxKeys(9))
                    .contents()
                    .forEach(o -> plain.add(o.key()));
            assertEquals(names.size(), plain.size());
            assertTrue(plain.contains("a b+<&>%41") && plain.contains("a\u2401b"), "" + plain);
            TreeSet<String> first = new TreeSet<>();
            String marker = "";
            for (int pages = 0; marker != null; pages++) {
                assertTrue(pages < names.size(), "no end of pages: " + first + " " + marker);
                String from = marker;
                ListObjectsResponse page =
                        s3.listObjects(
                                b ->
                                        b.bucket("aws")
                                                .maxKeys(9)
                                                .encodingType(EncodingType.URL)
                                                .marker(from));
                page.contents().forEach(o -> first.add(o.key()));
                marker = page.isTruncated() ? page.nextMarker() : null;
            }
            assertEquals(names, first);
            TreeSet<String> versions = new TreeSet<>();
            s3.listObjectVersionsPaginator(
                            b -> b.bucket("aws").maxKeys(9).encodingType(EncodingType.URL))
                    .versions()
                    .forEach(o -> versions.add(o.key()));
            assertEquals(names, versions);
            for (String name : names) {
                assertEquals(
                        "x",
                        s3.getObjectAsBytes(b -> b.bucket("aws").key(name))
                                .asString(StandardCharsets.UTF_8));
                s3.deleteObject(b -> b.bucket("aws").key(name));
            }
            assertEquals(0, s3.listObjectsV2(b -> b.bucket("aws")).keyCount());
        }
    }

    @Test
    void theOssSdkListsAndDeletesThem() {
        server.store().buckets().create("oss", "100000000000", BucketAcl.PRIVATE);
        OSS oss =
                Clients.oss(
                        server.endpoint(),
                        ObjectDoorFixture.KEY_ID,
                        ObjectDoorFixture.SECRET,
                        null);
        try {
            TreeSet<String> names = names();
            for (String name : names) {
                oss.putObject("oss", name, new java.io.ByteArrayInputStream(new byte[] {1}));
            }
            TreeSet<String> listed = new TreeSet<>();
            ListObjectsRequest request = new ListObjectsRequest("oss").withMaxKeys(9);
            request.setEncodingType("url");
            ObjectListing page;
            int pages = 0;
            do {
                assertTrue(pages++ < names.size(), "no end of pages: " + listed);
                page = oss.listObjects(request);
                // With this SDK the program decodes what it asked to be encoded.
                for (OSSObjectSummary object : page.getObjectSummaries()) {
                    listed.add(decoded(object.getKey()));
                }
                request.setMarker(page.isTruncated() ? decoded(page.getNextMarker()) : "");
            } while (page.isTruncated());
            assertEquals(names, listed);
            // A batch names them as XML can't: this SDK writes them as they are.
            List<String> many = new ArrayList<>(names);
            List<String> deleted =
                    oss.deleteObjects(
                                    new DeleteObjectsRequest("oss")
                                            .withKeys(many)
                                            .withEncodingType("url"))
                            .getDeletedObjects();
            TreeSet<String> gone = new TreeSet<>();
            deleted.forEach(name -> gone.add(decoded(name)));
            assertEquals(names, gone);
            assertEquals(0, oss.listObjects("oss").getObjectSummaries().size());
        } finally {
            oss.shutdown();
        }
    }

    private static String decoded(String name) {
        return URLDecoder.decode(name, StandardCharsets.UTF_8);
    }

    /** rclone asks this kind of server for plain names, s3cmd any. */
    @Test
    void commandLineClientsListWhatIsBesideThem() throws Exception {
        server.store().buckets().create("lines", "100000000000", BucketAcl.PRIVATE);
        try (S3Client s3 =
                Clients.s3(server.endpoint(), ObjectDoorFixture.KEY_ID, ObjectDoorFixture.SECRET)) {
            for (String name : List.of("a\u0001b", "a\uFFFFb", "d\u0002/x", "plain name")) {
                s3.putObject(b -> b.bucket("lines").key(name), RequestBody.fromString("x"));
            }
        }
        String host = "127.0.0.1:" + server.port();
        Tool s3cmd =
                Tool.find(
                        files,
                        "s3cmd",
                        "--access_key=" + ObjectDoorFixture.KEY_ID,
                        "--secret_key=" + ObjectDoorFixture.SECRET,
                        "--host=" + host,
                        "--host-bucket=" + host,
                        "--no-ssl",
                        "--region=local");
        String list = s3cmd.run("ls", "--recursive", "s3://lines");
        assertTrue(list.contains("s3://lines/plain name"), list);
        assertTrue(list.contains("s3://lines/a\u2401b"), list);
        assertTrue(list.contains("s3://lines/d\u2402/x"), list);

        Tool rclone =
                Tool.find(files, "rclone", "--retries=1", "--low-level-retries=1", "--config=")
                        .with("RCLONE_CONFIG_M_TYPE", "s3")
                        .with("RCLONE_CONFIG_M_PROVIDER", "Other")
                        .with("RCLONE_CONFIG_M_ACCESS_KEY_ID", ObjectDoorFixture.KEY_ID)
                        .with("RCLONE_CONFIG_M_SECRET_ACCESS_KEY", ObjectDoorFixture.SECRET)
                        .with("RCLONE_CONFIG_M_ENDPOINT", server.endpoint().toString());
        String names = rclone.run("lsf", "M:lines");
        assertTrue(names.contains("plain name\n"), names);
        assertTrue(names.contains("\u2401b\n"), names);
    }
}

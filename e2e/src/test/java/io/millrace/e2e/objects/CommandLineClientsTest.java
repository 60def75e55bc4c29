package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** s3cmd, rclone and aws, in both address styles. */
@Timeout(300)
@Execution(ExecutionMode.CONCURRENT) // one client after the other, beside tests that mostly wait
class CommandLineClientsTest extends AtObjectDoor {
    @TempDir Path files;
    private final byte[] large = new byte[12 << 20];

    @BeforeEach
    void write() throws IOException {
        new Random(9).nextBytes(large);
        Files.createDirectories(files.resolve("in/sub dir"));
        Files.writeString(files.resolve("in/a.txt"), "hello");
        Files.writeString(files.resolve("in/sub dir/ü +&.txt"), "wörld");
        Files.write(files.resolve("large.bin"), large);
    }

    private Path written(String name) {
        return files.resolve(name);
    }

    @Execution(ExecutionMode.SAME_THREAD)
    @ParameterizedTest
    @EnumSource(AwsSdkTest.Style.class)
    void s3cmd(AwsSdkTest.Style style) throws Exception {
        boolean host = style == AwsSdkTest.Style.HOST;
        String address = host ? ObjectDoorFixture.DOMAIN : "127.0.0.1:" + server.port();
        Path configuration = files.resolve("s3cfg");
        Files.writeString(
                configuration,
                """
                [default]
                access_key = %s
                secret_key = %s
                host_base = %s
                host_bucket = %s
                use_https = False
                proxy_host = %s
                proxy_port = %d
                """
                        .formatted(
                                ObjectDoorFixture.KEY_ID,
                                ObjectDoorFixture.SECRET,
                                address,
                                host ? "%(bucket)s." + address : address,
                                host ? "127.0.0.1" : "",
                                host ? server.port() : 0));
        Tool s3cmd = Tool.find(files, "s3cmd", "-c", configuration.toString());
        String bucket = "s3://" + style.bucket("s3cmd");
        s3cmd.run("mb", bucket);
        assertTrue(s3cmd.run("ls").contains(bucket));
        s3cmd.run("put", "in/a.txt", bucket + "/a.txt");
        s3cmd.run("put", "--multipart-chunk-size-mb=5", "large.bin", bucket + "/big/large.bin");
        s3cmd.run("get", bucket + "/big/large.bin", "s3cmd.bin");
        assertArrayEquals(large, Files.readAllBytes(written("s3cmd.bin")));
        s3cmd.run("sync", "in/", bucket + "/tree/");
        s3cmd.run("sync", bucket + "/tree/", "s3cmd-tree/");
        assertEquals("wörld", Files.readString(written("s3cmd-tree/sub dir/ü +&.txt")));
        s3cmd.run("cp", bucket + "/a.txt", bucket + "/copy.txt");
        s3cmd.run("mv", bucket + "/copy.txt", bucket + "/moved ü.txt");
        String list = s3cmd.run("ls", "--recursive", bucket);
        assertTrue(list.contains("/moved ü.txt"), list);
        assertTrue(list.contains("/tree/sub dir/ü +&.txt"), list);
        assertFalse(list.contains("copy.txt"), list);
        assertTrue(s3cmd.run("info", bucket).contains("Location"));
        assertTrue(s3cmd.run("info", bucket + "/a.txt").contains("MD5 sum"));
        s3cmd.run("setacl", "--acl-public", bucket);
        s3cmd.run("setacl", "--acl-private", bucket);
        s3cmd.run("modify", "--add-header=Cache-Control:max-age=7", bucket + "/a.txt");
        assertTrue(s3cmd.run("du", bucket).contains("5 objects"));
        s3cmd.refused("does not exist", "get", bucket + "/absent", "absent");
        s3cmd.refused("BucketNotEmpty", "rb", bucket);
        s3cmd.run("del", "--recursive", "--force", bucket + "/tree/");
        s3cmd.run("rb", "--recursive", "--force", bucket);
        assertFalse(s3cmd.run("ls").contains(bucket));
    }

    @Execution(ExecutionMode.SAME_THREAD)
    @ParameterizedTest
    @EnumSource(AwsSdkTest.Style.class)
    void rclone(AwsSdkTest.Style style) throws Exception {
        boolean host = style == AwsSdkTest.Style.HOST;
        Files.writeString(files.resolve("none.conf"), "");
        Tool rclone =
                Tool.find(files, "rclone", "--retries=1", "--low-level-retries=1")
                        .with("RCLONE_CONFIG", files.resolve("none.conf").toString())
                        .with("RCLONE_CONFIG_M_TYPE", "s3")
                        .with("RCLONE_CONFIG_M_PROVIDER", "Other")
                        .with("RCLONE_CONFIG_M_ACCESS_KEY_ID", ObjectDoorFixture.KEY_ID)
                        .with("RCLONE_CONFIG_M_SECRET_ACCESS_KEY", ObjectDoorFixture.SECRET)
                        .with("RCLONE_CONFIG_M_FORCE_PATH_STYLE", host ? "false" : "true")
                        .with(
                                "RCLONE_CONFIG_M_ENDPOINT",
                                host
                                        ? "http://" + ObjectDoorFixture.DOMAIN
                                        : server.endpoint().toString());
        if (host) {
            rclone.with("HTTP_PROXY", server.endpoint().toString());
        }
        String bucket = "M:" + style.bucket("rclone");
        rclone.run("mkdir", bucket);
        rclone.run("sync", "in", bucket + "/tree");
        rclone.run("check", "in", bucket + "/tree");
        rclone.run(
                "copyto",
                "--s3-upload-cutoff=6M",
                "--s3-chunk-size=5M",
                "large.bin",
                bucket + "/large.bin");
        rclone.run("copyto", bucket + "/large.bin", "rclone.bin");
        assertArrayEquals(large, Files.readAllBytes(written("rclone.bin")));
        assertEquals("wörld", rclone.run("cat", bucket + "/tree/sub dir/ü +&.txt"));
        rclone.run("copyto", bucket + "/tree/a.txt", bucket + "/copied.txt");
        rclone.run("moveto", bucket + "/copied.txt", bucket + "/moved.txt");
        assertEquals("large.bin\nmoved.txt\ntree/\n", rclone.run("lsf", "--max-depth=1", bucket));
        rclone.run("touch", "-t", "2020-01-02T03:04:05", bucket + "/moved.txt");
        assertTrue(rclone.run("lsl", bucket + "/moved.txt").contains("2020-01-02 03:04:05"));
        assertEquals(
                java.util.HexFormat.of()
                        .formatHex(
                                java.security.MessageDigest.getInstance("MD5")
                                        .digest(
                                                "hello"
                                                        .getBytes(
                                                                java.nio.charset.StandardCharsets
                                                                        .US_ASCII))),
                rclone.run("md5sum", bucket + "/moved.txt").substring(0, 32));
        rclone.run("delete", bucket + "/tree");
        rclone.run("purge", bucket);
        assertFalse(rclone.run("lsd", "M:").contains(style.bucket("rclone")));
    }

    @Execution(ExecutionMode.SAME_THREAD)
    @ParameterizedTest
    @EnumSource(AwsSdkTest.Style.class)
    void aws(AwsSdkTest.Style style) throws Exception {
        boolean host = style == AwsSdkTest.Style.HOST;
        Path configuration = files.resolve("aws.config");
        Files.writeString(
                configuration,
                """
                [default]
                region = us-east-1
                s3 =
                    addressing_style = %s
                """
                        .formatted(host ? "virtual" : "path"));
        Tool aws =
                Tool.find(
                                files,
                                "aws",
                                "--endpoint-url",
                                host
                                        ? "http://" + ObjectDoorFixture.DOMAIN
                                        : server.endpoint().toString())
                        .with("AWS_CONFIG_FILE", configuration.toString())
                        .with("AWS_ACCESS_KEY_ID", ObjectDoorFixture.KEY_ID)
                        .with("AWS_SECRET_ACCESS_KEY", ObjectDoorFixture.SECRET)
                        .with("AWS_MAX_ATTEMPTS", "1")
                        .with("PYENV_VERSION", System.getenv().getOrDefault("PYENV_VERSION", ""));
        if (host) {
            aws.with("HTTP_PROXY", server.endpoint().toString());
        }
        String bucket = "s3://" + style.bucket("cli");
        aws.run("s3", "mb", bucket);
        aws.run("s3", "cp", "large.bin", bucket + "/large.bin");
        aws.run("s3", "cp", bucket + "/large.bin", "aws.bin");
        assertArrayEquals(large, Files.readAllBytes(written("aws.bin")));
        if (host) {
            // Each call of this client costs seconds; the rest goes over path style alone.
            aws.run("s3", "rb", "--force", bucket);
            return;
        }
        aws.run("s3", "sync", "in", bucket + "/tree");
        aws.run("s3", "sync", bucket + "/tree", "aws-tree");
        assertEquals("wörld", Files.readString(written("aws-tree/sub dir/ü +&.txt")));
        aws.run("s3", "mv", bucket + "/tree/a.txt", bucket + "/moved.txt");
        String list = aws.run("s3", "ls", "--recursive", bucket);
        assertTrue(list.contains("moved.txt") && list.contains("tree/sub dir/ü +&.txt"), list);
        aws.run(
                "s3api",
                "put-object",
                "--bucket",
                style.bucket("cli"),
                "--key",
                "summed",
                "--body",
                "in/a.txt",
                "--checksum-algorithm",
                "SHA256");
        assertTrue(
                aws.run("s3api", "head-object", "--bucket", style.bucket("cli"), "--key", "summed")
                        .contains("\"ContentLength\": 5"));
        aws.run("s3", "rb", "--force", bucket);
    }
}

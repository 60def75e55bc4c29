package io.millrace.gateway;

import com.aliyun.oss.internal.OSSHeaders;
import com.aliyun.sdk.service.oss2.OperationInput;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.protocol.MarshallLocation;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The request headers that each operation of either vendor has, read from their SDKs, so that a
 * newer SDK brings its newer headers into the tests by itself. All names in lower case.
 */
final class VendorHeaderNames {
    private final SortedMap<String, SortedSet<String>> ofS3 = new TreeMap<>();
    private final SortedMap<String, SortedSet<String>> ofOss = new TreeMap<>();
    private final SortedSet<String> all = new TreeSet<>();

    private VendorHeaderNames() {}

    static VendorHeaderNames read() throws Exception {
        VendorHeaderNames names = new VendorHeaderNames();
        names.aws();
        names.ossOne();
        names.ossTwo();
        names.ofS3.values().forEach(names.all::addAll);
        names.ofOss.values().forEach(names.all::addAll);
        return names;
    }

    /** By operation, such as {@code PutObject}, as the S3 API calls it. */
    SortedMap<String, SortedSet<String>> ofS3() {
        return ofS3;
    }

    /** By operation, as the OSS API calls it. */
    SortedMap<String, SortedSet<String>> ofOss() {
        return ofOss;
    }

    /** Those of all operations, also of such as we don't have. */
    SortedSet<String> all() {
        return all;
    }

    private void aws() throws Exception {
        String models = "software/amazon/awssdk/services/s3/model/\\w+Request\\.class";
        for (Class<?> type : VendorNames.classes(S3Client.class, models)) {
            if (VendorNames.constant(type, "SDK_FIELDS") instanceof List<?> fields) {
                String operation = type.getSimpleName().replaceAll("Request$", "");
                for (Object each : fields) {
                    header(operation, (SdkField<?>) each);
                }
            }
        }
    }

    private void header(String operation, SdkField<?> field) {
        if (field.location() == MarshallLocation.HEADER) {
            String name = field.locationName();
            // A prefix with whatever name behind it.
            add(ofS3, operation, name.endsWith("-") ? name + "colour" : name);
        }
    }

    private void ossOne() throws IllegalAccessException {
        for (Field field : OSSHeaders.class.getFields()) {
            String value = (String) field.get(null);
            if (value.startsWith("x-oss-")) {
                all.add(value.endsWith("-") ? value + "colour" : value);
            }
        }
    }

    private void ossTwo() throws Exception {
        for (OperationInput input : VendorNames.ossTwoInputs()) {
            for (Map.Entry<String, String> header : input.headers().entrySet()) {
                add(ofOss, input.opName(), header.getKey());
            }
        }
    }

    private static void add(
            SortedMap<String, SortedSet<String>> to, String operation, String header) {
        to.computeIfAbsent(operation, name -> new TreeSet<>()).add(header.toLowerCase(Locale.ROOT));
    }
}

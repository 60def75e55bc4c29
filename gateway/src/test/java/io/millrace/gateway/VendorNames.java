package io.millrace.gateway;

import com.aliyun.oss.internal.RequestParameters;
import com.aliyun.oss.internal.SignParameters;
import com.aliyun.sdk.service.oss2.OSSClient;
import com.aliyun.sdk.service.oss2.OperationInput;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.protocol.MarshallLocation;
import software.amazon.awssdk.protocols.core.OperationInfo;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The query names of both vendors, read from the classes of their SDKs, so that a newer SDK brings
 * its newer operations into the tests by itself.
 */
final class VendorNames {
    private final SortedSet<String> all = new TreeSet<>();
    private final SortedSet<String> selecting = new TreeSet<>();

    private VendorNames() {}

    static VendorNames read() throws Exception {
        VendorNames names = new VendorNames();
        names.aws();
        names.ossOne();
        names.ossTwo();
        return names;
    }

    /** Every name that an operation of either vendor puts into a query. */
    SortedSet<String> all() {
        return all;
    }

    /** The names that choose an operation: an SDK writes them always, without a value. */
    SortedSet<String> selecting() {
        return selecting;
    }

    /** Marshallers hold the fixed part of an operation's URI, request models the rest. */
    private void aws() throws Exception {
        for (Class<?> type :
                classes(
                        S3Client.class,
                        "software/amazon/awssdk/services/s3/"
                                + "(transform/\\w+RequestMarshaller|model/\\w+Request)\\.class")) {
            if (constant(type, "SDK_OPERATION_BINDING") instanceof OperationInfo operation) {
                String uri = operation.requestUri();
                if (uri.contains("?")) {
                    for (String parameter : uri.substring(uri.indexOf('?') + 1).split("&")) {
                        add(parameter.split("=")[0], !parameter.contains("="));
                    }
                }
            }
            if (constant(type, "SDK_FIELDS") instanceof List<?> fields) {
                for (Object each : fields) {
                    SdkField<?> field = (SdkField<?>) each;
                    if (field.location() == MarshallLocation.QUERY_PARAM) {
                        add(field.locationName(), false);
                    }
                }
            }
        }
    }

    private void ossOne() throws IllegalAccessException {
        SignParameters.SIGNED_PARAMTERS.forEach(name -> add(name, false));
        for (Field field : RequestParameters.class.getFields()) {
            add((String) field.get(null), false);
        }
    }

    private void ossTwo() throws Exception {
        for (OperationInput input : ossTwoInputs()) {
            input.parameters().forEach((name, value) -> add(name, value.isEmpty()));
        }
    }

    /** The SDK's own way from a request, with everything set that can be, to query and headers. */
    static List<OperationInput> ossTwoInputs() throws Exception {
        List<OperationInput> inputs = new ArrayList<>();
        for (Class<?> type :
                classes(
                        OSSClient.class,
                        "com/aliyun/sdk/service/oss2/"
                                + "((dataprocess|vectors)/)?transform/Serde\\w+\\.class")) {
            for (Method method : type.getDeclaredMethods()) {
                if (method.getReturnType() == OperationInput.class) {
                    method.setAccessible(true);
                    Class<?>[] parameters = method.getParameterTypes();
                    Object[] arguments = new Object[parameters.length];
                    for (int i = 0; i < arguments.length; i++) {
                        arguments[i] = sample(parameters[i], 2);
                    }
                    inputs.add((OperationInput) method.invoke(null, arguments));
                }
            }
        }
        return inputs;
    }

    private void add(String name, boolean selects) {
        all.add(name);
        if (selects) {
            selecting.add(name);
        }
    }

    static List<Class<?>> classes(Class<?> of, String pattern)
            throws IOException, URISyntaxException {
        Path jar = Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI());
        Pattern names = Pattern.compile(pattern);
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream()
                    .filter(entry -> names.matcher(entry.getName()).matches())
                    .<Class<?>>map(entry -> load(entry.getName()))
                    .toList();
        }
    }

    private static Class<?> load(String entry) {
        try {
            return Class.forName(entry.replace('/', '.').replace(".class", ""));
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    static @Nullable Object constant(Class<?> type, String name) throws IllegalAccessException {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(null);
        } catch (NoSuchFieldException e) {
            return null;
        }
    }

    private static @Nullable Object sample(Class<?> type, int depth) throws Exception {
        Object plain =
                Map.<Class<?>, Object>of(
                                String.class,
                                "1",
                                Long.class,
                                1L,
                                Integer.class,
                                1,
                                int.class,
                                1,
                                Boolean.class,
                                true)
                        .get(type);
        if (plain != null || depth == 0 || !type.getName().contains(".oss2.")) {
            return plain;
        }
        Method newBuilder;
        try {
            newBuilder = type.getMethod("newBuilder");
        } catch (NoSuchMethodException e) {
            return null;
        }
        Object builder = newBuilder.invoke(null);
        for (Method setter : builder.getClass().getMethods()) {
            if (setter.getParameterCount() == 1 && setter.getDeclaringClass() != Object.class) {
                set(builder, setter, sample(setter.getParameterTypes()[0], depth - 1));
            }
        }
        Method build = builder.getClass().getMethod("build");
        build.setAccessible(true);
        return build.invoke(builder);
    }

    private static void set(Object builder, Method setter, @Nullable Object value)
            throws IllegalAccessException {
        if (value == null) {
            return;
        }
        try {
            setter.setAccessible(true);
            setter.invoke(builder, value);
        } catch (InvocationTargetException e) {
            // This setter wants another value; the query has its name from the other setters.
        }
    }
}

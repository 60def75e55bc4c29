package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * libvips, loaded once into this process.
 *
 * <p>Operations are called through the object interface (make the operation by name, set its
 * properties, build it), the way the language bindings do, and not through the variadic C
 * functions: a dozen function shapes then serve every operation, and each shape costs start-up
 * time. Scalars are given as text, which libvips parses and checks by itself.
 *
 * <p>Not thread-safe: a worker has one thread.
 */
final class Vips {
    private static final long MAX_TEXT = 1 << 20;
    private static final MemoryLayout PTR = ADDRESS;

    private final Linker linker = Linker.nativeLinker();
    private final SymbolLookup symbols;

    final MethodHandle operationNew;
    final MethodHandle setArgumentFromString;
    final MethodHandle operationBuild;
    final MethodHandle unrefOutputs;
    final MethodHandle objectSetProperty;
    final MethodHandle objectGetProperty;
    final MethodHandle objectRef;
    final MethodHandle objectUnref;
    final MethodHandle valueInit;
    final MethodHandle valueUnset;
    final MethodHandle valueSetObject;
    final MethodHandle valueGetObject;
    final MethodHandle valueSetBoxed;
    final MethodHandle valueGetBoxed;
    final MethodHandle valueGetDouble;
    final MethodHandle blobNew;
    final MethodHandle blobGet;
    final MethodHandle areaUnref;
    final MethodHandle arrayImageNew;
    final MethodHandle imageWidth;
    final MethodHandle imageHeight;
    final MethodHandle imageBands;
    final MethodHandle imageHasAlpha;
    final MethodHandle imageTypeof;
    final MethodHandle imageGetInt;
    final MethodHandle imageSetInt;
    final MethodHandle imageGetAsString;
    final MethodHandle imageGetFields;
    final MethodHandle imageRemove;
    final MethodHandle imageCopyMemory;
    final MethodHandle imageNewFromMemory;
    final MethodHandle imageWriteToMemory;
    final MethodHandle imageNew;
    final MethodHandle imagePipeline;
    final MethodHandle imageInitFields;
    final MethodHandle imageGenerate;
    final MethodHandle imageInvalidateAll;
    final MethodHandle imageNewFromMemoryItself;
    final MethodHandle regionPrepare;
    final MemorySegment startMany;
    final MemorySegment stopMany;
    final MethodHandle free;
    final MethodHandle freeStrings;

    final long imageType;
    final long blobType;
    final long arrayImageType;
    private final MethodHandle errorBuffer;
    private final MethodHandle errorClear;
    private final String version;

    private Vips(String library) {
        symbols =
                library.contains("/")
                        ? SymbolLookup.libraryLookup(Path.of(library), Arena.global())
                        : SymbolLookup.libraryLookup(library, Arena.global());
        FunctionDescriptor pointerToPointer = FunctionDescriptor.of(PTR, PTR);
        FunctionDescriptor pointerToInt = FunctionDescriptor.of(JAVA_INT, PTR);
        FunctionDescriptor pointer = FunctionDescriptor.ofVoid(PTR);
        FunctionDescriptor twoToInt = FunctionDescriptor.of(JAVA_INT, PTR, PTR);
        FunctionDescriptor threeToInt = FunctionDescriptor.of(JAVA_INT, PTR, PTR, PTR);
        FunctionDescriptor two = FunctionDescriptor.ofVoid(PTR, PTR);
        FunctionDescriptor three = FunctionDescriptor.ofVoid(PTR, PTR, PTR);
        FunctionDescriptor twoToPointer = FunctionDescriptor.of(PTR, PTR, PTR);
        errorBuffer = bind("vips_error_buffer", FunctionDescriptor.of(PTR));
        errorClear = bind("vips_error_clear", FunctionDescriptor.ofVoid());
        start();
        operationNew = bind("vips_operation_new", pointerToPointer);
        setArgumentFromString = bind("vips_object_set_argument_from_string", threeToInt);
        operationBuild = bind("vips_cache_operation_build", pointerToPointer);
        unrefOutputs = bind("vips_object_unref_outputs", pointer);
        objectSetProperty = bind("g_object_set_property", three);
        objectGetProperty = bind("g_object_get_property", three);
        objectRef = bind("g_object_ref", pointerToPointer);
        objectUnref = bind("g_object_unref", pointer);
        valueInit = bind("g_value_init", FunctionDescriptor.of(PTR, PTR, JAVA_LONG));
        valueUnset = bind("g_value_unset", pointer);
        valueSetObject = bind("g_value_set_object", two);
        valueGetObject = bind("g_value_get_object", pointerToPointer);
        valueSetBoxed = bind("g_value_set_boxed", two);
        valueGetBoxed = bind("g_value_get_boxed", pointerToPointer);
        valueGetDouble = bind("g_value_get_double", FunctionDescriptor.of(JAVA_DOUBLE, PTR));
        blobNew = bind("vips_blob_new", FunctionDescriptor.of(PTR, PTR, PTR, JAVA_LONG));
        blobGet = bind("vips_blob_get", twoToPointer);
        areaUnref = bind("vips_area_unref", pointer);
        arrayImageNew = bind("vips_array_image_new", FunctionDescriptor.of(PTR, PTR, JAVA_INT));
        imageWidth = bind("vips_image_get_width", pointerToInt);
        imageHeight = bind("vips_image_get_height", pointerToInt);
        imageBands = bind("vips_image_get_bands", pointerToInt);
        imageHasAlpha = bind("vips_image_hasalpha", pointerToInt);
        imageTypeof = bind("vips_image_get_typeof", FunctionDescriptor.of(JAVA_LONG, PTR, PTR));
        imageGetInt = bind("vips_image_get_int", threeToInt);
        imageSetInt = bind("vips_image_set_int", FunctionDescriptor.ofVoid(PTR, PTR, JAVA_INT));
        imageGetAsString = bind("vips_image_get_as_string", threeToInt);
        imageGetFields = bind("vips_image_get_fields", pointerToPointer);
        imageRemove = bind("vips_image_remove", twoToInt);
        imageCopyMemory = bind("vips_image_copy_memory", pointerToPointer);
        imageNewFromMemory =
                bind(
                        "vips_image_new_from_memory_copy",
                        FunctionDescriptor.of(
                                PTR, PTR, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
        imageWriteToMemory = bind("vips_image_write_to_memory", twoToPointer);
        imageNew = bind("vips_image_new", FunctionDescriptor.of(PTR));
        imagePipeline =
                bind(
                        "vips_image_pipeline_array",
                        FunctionDescriptor.of(JAVA_INT, PTR, JAVA_INT, PTR));
        imageInitFields =
                bind(
                        "vips_image_init_fields",
                        FunctionDescriptor.ofVoid(
                                PTR,
                                JAVA_INT,
                                JAVA_INT,
                                JAVA_INT,
                                JAVA_INT,
                                JAVA_INT,
                                JAVA_INT,
                                JAVA_DOUBLE,
                                JAVA_DOUBLE));
        imageGenerate =
                bind(
                        "vips_image_generate",
                        FunctionDescriptor.of(JAVA_INT, PTR, PTR, PTR, PTR, PTR, PTR));
        imageInvalidateAll = bind("vips_image_invalidate_all", pointer);
        imageNewFromMemoryItself =
                bind(
                        "vips_image_new_from_memory",
                        FunctionDescriptor.of(
                                PTR, PTR, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
        regionPrepare = bind("vips_region_prepare", twoToInt);
        startMany = address("vips_start_many");
        stopMany = address("vips_stop_many");
        free = bind("g_free", pointer);
        freeStrings = bind("g_strfreev", pointer);
        MethodHandle typeFromName = bind("g_type_from_name", FunctionDescriptor.of(JAVA_LONG, PTR));
        imageType = typeNamed(typeFromName, "VipsImage");
        blobType = typeNamed(typeFromName, "VipsBlob");
        arrayImageType = typeNamed(typeFromName, "VipsArrayImage");
        version = readVersion();
    }

    /**
     * Loads and starts libvips.
     *
     * @param library a name that the dynamic loader finds, or a path
     * @throws IllegalArgumentException when there is no such library
     * @throws VipsException when it is too old or fails to start
     */
    static Vips load(String library) {
        return new Vips(library);
    }

    /** Such as {@code 8.14.1}. */
    String version() {
        return version;
    }

    /** libvips' own last error, cleared by reading; one line. */
    String takeError() {
        try {
            String text = text((MemorySegment) errorBuffer.invokeExact());
            errorClear.invokeExact();
            return text.strip().replace('\n', ';');
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    static String text(MemorySegment address) {
        return address.address() == 0
                ? ""
                : address.reinterpret(MAX_TEXT).getString(0, StandardCharsets.UTF_8);
    }

    /** What a native call threw: only errors of this code can. */
    static RuntimeException failed(Throwable e) {
        return switch (e) {
            case RuntimeException runtime -> runtime;
            case Error error -> throw error;
            default -> new IllegalStateException(e);
        };
    }

    private void start() {
        FunctionDescriptor settingInt = FunctionDescriptor.ofVoid(JAVA_INT);
        FunctionDescriptor settingLong = FunctionDescriptor.ofVoid(JAVA_LONG);
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle init = bind("vips_init", FunctionDescriptor.of(JAVA_INT, PTR));
            if ((int) init.invokeExact(arena.allocateFrom("millrace")) != 0) {
                throw new VipsException("libvips did not start: " + takeError());
            }
            // SVG, PDF, ImageMagick and other loaders that were not fuzzed must never see an
            // upload.
            bind("vips_block_untrusted_set", settingInt).invokeExact(1);
            bind("vips_concurrency_set", settingInt).invokeExact(1);
            bind("vips_cache_set_max", settingInt).invokeExact(0);
            bind("vips_cache_set_max_mem", settingLong).invokeExact(0L);
            bind("vips_cache_set_max_files", settingInt).invokeExact(0);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private String readVersion() {
        MethodHandle number = bind("vips_version", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        try {
            return (int) number.invokeExact(0)
                    + "."
                    + (int) number.invokeExact(1)
                    + "."
                    + (int) number.invokeExact(2);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** A function of C that calls {@code target}, which must not throw: that would end the JVM. */
    MemorySegment callback(MethodHandle target, FunctionDescriptor shape, Arena arena) {
        return linker.upcallStub(target, shape, arena);
    }

    private static long typeNamed(MethodHandle typeFromName, String name) {
        try (Arena arena = Arena.ofConfined()) {
            long type = (long) typeFromName.invokeExact(arena.allocateFrom(name));
            if (type == 0) {
                throw new VipsException("libvips has no type " + name);
            }
            return type;
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** A function of libvips, or of what it is linked to. @throws VipsException without it */
    MethodHandle bind(String name, FunctionDescriptor shape) {
        return linker.downcallHandle(address(name), shape);
    }

    private MemorySegment address(String name) {
        return symbols.find(name)
                .orElseThrow(
                        () ->
                                new VipsException(
                                        "libvips lacks " + name + "; 8.13 or newer is needed"));
    }
}

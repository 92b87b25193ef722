package org.culebra.spec;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/** Names the section of a specification that a test shows conformance to. */
@Documented
@Tag("spec")
@Repeatable(Spec.List.class)
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Spec {
  /** Returns specification, version and section, as in {@code virtio 1.3 §2.7.7.2}. */
  String value();

  /** Several sections of one test. */
  @Documented
  @Tag("spec")
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @interface List {
    /** Returns the sections. */
    Spec[] value();
  }
}

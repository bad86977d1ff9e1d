add_custom_target(generated_sources)
add_dependencies(generated_sources server_parameters_source)

# countersign_api(SERVICE): the library api_SERVICE, generated from models/SERVICE.json; "generated/SERVICE.h".
function(countersign_api service)
    set(model ${CMAKE_SOURCE_DIR}/models/${service}.json)
    set(generator ${CMAKE_SOURCE_DIR}/scripts/generate_api.py)
    set(generated ${CMAKE_BINARY_DIR}/generated)
    set(outputs ${generated}/generated/${service}.h ${generated}/generated/${service}.cc)
    add_custom_command(
        OUTPUT ${outputs}
        COMMAND ${Python3_EXECUTABLE} -B ${generator} ${model} ${outputs}
        DEPENDS ${model} ${generator} ${CMAKE_SOURCE_DIR}/scripts/api_model.py ${CMAKE_SOURCE_DIR}/scripts/api_pattern.py
        COMMENT "Generating the ${service} API"
        VERBATIM)
    # A target of its own, so that generating waits for no library.
    add_custom_target(api_${service}_source DEPENDS ${outputs})
    add_dependencies(generated_sources api_${service}_source)
    add_library(api_${service} STATIC ${outputs})
    add_dependencies(api_${service} api_${service}_source)
    target_include_directories(api_${service} PUBLIC ${generated})
    target_link_libraries(api_${service} PUBLIC gateway)
endfunction()

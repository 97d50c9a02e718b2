# What Debian wants of a package's files and an installation by hand does not:
# compressed manual pages and changelogs, the copyright, only the modes that are usual.
set(root ${CPACK_TEMPORARY_DIRECTORY})
set(doc ${root}/usr/share/doc/rulegap)
configure_file(${CPACK_RULEGAP_SOURCE}/packaging/deb/copyright ${doc}/copyright COPYONLY)
configure_file(${CPACK_RULEGAP_SOURCE}/packaging/deb/changelog ${doc}/changelog.Debian COPYONLY)
configure_file(${CPACK_RULEGAP_SOURCE}/CHANGELOG.md ${doc}/changelog COPYONLY)
file(GLOB_RECURSE pages ${root}/usr/share/man/*.1)
execute_process(COMMAND gzip -9nf ${pages} ${doc}/changelog.Debian ${doc}/changelog COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX ${root}/usr COMMAND_ERROR_IS_FATAL ANY)

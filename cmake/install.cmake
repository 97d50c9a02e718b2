# What an installation has. Manual pages and completions: describe.cmake.
install(TARGETS rulegap RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY schema/endpoints DESTINATION ${CMAKE_INSTALL_DATADIR}/rulegap)
install(FILES schema/report.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/rulegap)
install(FILES ${manual_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${described}/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME rulegap)
install(FILES ${described}/completion.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _rulegap)
file(GLOB pages ${PROJECT_SOURCE_DIR}/docs/*.md)
install(FILES README.md ${pages} DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The service of a monitor, where systemd looks for it whatever the prefix.
set(RULEGAP_SYSTEMD_DIR "lib/systemd/system" CACHE STRING "where the systemd unit goes")
install(FILES packaging/systemd/rulegap-monitor@.service DESTINATION ${RULEGAP_SYSTEMD_DIR})
install(FILES packaging/systemd/rulegap.sysusers DESTINATION lib/sysusers.d RENAME rulegap.conf)
install(FILES packaging/systemd/monitor.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
